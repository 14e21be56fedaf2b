/*
 * How long a logger into a file takes to begin and to end, without a call between.
 *
 *     new_stop COUNT FILE
 *
 * Results: life_us: median of COUNT.
 */
#include SUBJECT

#include <unistd.h>

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    size_t repetitions = argument_number(arguments[1]);
    clocks_start();
    struct samples lives = samples_new(repetitions);
    for (size_t i = 0; i < repetitions; i++) {
        uint64_t begin = ticks_begin();
        subject_open(arguments[2], 1);
        subject_close();
        samples_add(&lives, ticks_end() - begin);
    }
    samples_sort(&lives);
    printf("life_us\t%.2f\n", samples_at(&lives, 0.5, 1) * ns_per_tick() / 1000);
    unlink(arguments[2]);
    return 0;
}
