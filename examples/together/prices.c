/* The part in C: a shared object that logs with the logger of whoever has loaded it. */
#include <alog_log.h>

static alog_logger log_of_shop;

/* Finds the logger by its name. Returns 0 if there is one. */
int begin(void)
{
    return alog_find("shop", &log_of_shop) == ALOG_OK ? 0 : 1;
}

/* What an order costs, in cents. */
int64_t price_of(int64_t order)
{
    const int64_t cents = 100 + order * 7 % 900;
    ALOG_INFO(log_of_shop, "order {order} costs {cents}", ALOG_I64("order", order), ALOG_I64("cents", cents));
    return cents;
}
