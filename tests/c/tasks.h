/*
 * The threads of this process, as the kernel lists them.
 */
#ifndef TASKS_H
#define TASKS_H

#include "check.h"

enum { MOST_TASKS = 64 };

/* Fills in the thread ids; returns how many there are. */
static inline int list_tasks(int *tasks)
{
    DIR *dir = opendir("/proc/self/task");
    struct dirent *entry;
    int count = 0;
    CHECK(dir != NULL);
    while ((entry = readdir(dir)) != NULL) {
        int task = atoi(entry->d_name);
        if (task > 0) {
            CHECK(count < MOST_TASKS);
            tasks[count++] = task;
        }
    }
    closedir(dir);
    return count;
}

/* A file of /proc/self/task/TASK, to be freed by the caller; these cannot be sought, so no read_file(). */
static inline char *read_task(int task, const char *name)
{
    enum { MOST = 8192 };
    char path[64], *text = (char *)malloc(MOST);
    FILE *file;
    size_t len;
    CHECK(text != NULL);
    snprintf(path, sizeof path, "/proc/self/task/%d/%s", task, name);
    file = fopen(path, "rb");
    CHECK(file != NULL);
    len = fread(text, 1, MOST - 1, file);
    text[len] = '\0';
    fclose(file);
    return text;
}

#endif
