/* A module that logs through the library of the program that loads it, and is unloaded before its line is out. */
#include <alog_log.h>

#ifdef __cplusplus
extern "C"
#endif
void module_speak(alog_logger log);

void module_speak(alog_logger log)
{
    char key[] = "key of the module", value[] = "value of the module";
    ALOG_INFO(log, "the module speaks: {key of the module}", ALOG_STR(key, value));
}
