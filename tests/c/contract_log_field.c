/*
 * ALOG_FIELD(): the type of the value is the type of the field. C11 and C++11.
 */
#include "lines.h"

#include <alog_log.h>
#include <float.h>
#include <stdbool.h>

#define CHECK_FIELD(value, expected) CHECK_EQ(ALOG_FIELD("k", value).type, expected)

static void every_type_of_c_has_its_type_of_field(void)
{
    char array[] = "array", *pointer = array;
    const char *text = array;
    enum choice { NONE, ONE } choice = ONE;
    CHECK_FIELD((bool)true, ALOG_FIELD_BOOL);
    CHECK_FIELD('c', ALOG_FIELD_I64);
    CHECK_FIELD((char)'c', ALOG_FIELD_I64);
    CHECK_FIELD((signed char)1, ALOG_FIELD_I64);
    CHECK_FIELD((short)1, ALOG_FIELD_I64);
    CHECK_FIELD(1, ALOG_FIELD_I64);
    CHECK_FIELD(1L, ALOG_FIELD_I64);
    CHECK_FIELD(1LL, ALOG_FIELD_I64);
    CHECK_FIELD((int64_t)1, ALOG_FIELD_I64);
    CHECK_FIELD((unsigned char)1, ALOG_FIELD_U64);
    CHECK_FIELD((unsigned short)1, ALOG_FIELD_U64);
    CHECK_FIELD(1u, ALOG_FIELD_U64);
    CHECK_FIELD(1uL, ALOG_FIELD_U64);
    CHECK_FIELD(1uLL, ALOG_FIELD_U64);
    CHECK_FIELD(sizeof array, ALOG_FIELD_U64);
    CHECK_FIELD(1.0f, ALOG_FIELD_F64);
    CHECK_FIELD(1.0, ALOG_FIELD_F64);
    CHECK_FIELD(1.0L, ALOG_FIELD_F64);
    CHECK_FIELD("literal", ALOG_FIELD_STR);
    CHECK_FIELD(array, ALOG_FIELD_STR);
    CHECK_FIELD(pointer, ALOG_FIELD_STR);
    CHECK_FIELD(text, ALOG_FIELD_STR);
    CHECK(ALOG_FIELD("k", choice).type == ALOG_FIELD_I64 || ALOG_FIELD("k", choice).type == ALOG_FIELD_U64);
    CHECK(NONE != ONE);
}

static void every_value_arrives(void)
{
    alog_logger log = logger_to(TO_FILE, JSON " source_key=");
    const char *nothing = NULL;
    ALOG_INFO(log, "{text}", ALOG_FIELD("bool", (bool)false), ALOG_FIELD("least", INT64_MIN),
              ALOG_FIELD("most", UINT64_MAX), ALOG_FIELD("minus", (signed char)-1), ALOG_FIELD("double", DBL_MIN),
              ALOG_FIELD("float", 0.5f), ALOG_FIELD("long", 0.25L), ALOG_FIELD("text", "t"),
              ALOG_FIELD("none", nothing));
    close_account(log);
    check_lines("{\"level\":\"INFO\",\"message\":\"t\",\"bool\":false,\"least\":-9223372036854775808,"
                "\"most\":18446744073709551615,\"minus\":-1,\"double\":2.2250738585072014e-308,\"float\":0.5,"
                "\"long\":0.25,\"text\":\"t\",\"none\":null}", NULL);
}

int main(void)
{
    check_begin();
    RUN(every_type_of_c_has_its_type_of_field);
    RUN(every_value_arrives);
    return check_end();
}
