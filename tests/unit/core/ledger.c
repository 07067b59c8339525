#include "engine/core/ledger.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/core/order_backoff.h"
#include "tests/support/fleet_truth.h"
#include "tests/support/ledger_fixture.h"
#include "tests/support/test.h"

enum op {
    OP_END,
    OP_SEND,
    OP_ACCEPT,
    OP_REFUSE,
    OP_LOSE,
    OP_SEE,
    OP_EXPIRE,
    OP_OVERDUE,
    OP_REPEAT,
    OP_UNSEND,
    OP_GIVE_UP
};

/*
 * One call, and the expected state after it. SEND takes the delta; SEE the hosts that a status shows (ten before);
 * EXPIRE the number of entries that must expire; OVERDUE the delta that must be repeated or given up.
 */
struct step {
    enum op op;
    int32_t at_s;
    int32_t value;
    int32_t pending;
    enum ledger_state state;
    int32_t foreign; /* of SEE */
};

static const struct ledger_row {
    const char *name;
    struct step steps[STEPS_MAX];
} ledger_rows[] = {
    /* clang-format off */
    { "accepted, counted when ordered", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  16,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   0, LEDGER_SETTLED, 0 } } },
    { "accepted, counted when booted, one by one", {
        { OP_SEND,     0,   3,   3, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   3, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  10,   3, LEDGER_SETTLED, 0 },
        { OP_SEE,    120,  11,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,  13,   0, LEDGER_SETTLED, 0 } } },
    { "refused: nothing is pending", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_REFUSE,   1,   0,   0, LEDGER_SETTLED, 0 } } },
    { "shrinking, counted at once", {
        { OP_SEND,     0,  -4,  -4, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -4, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,   6,   0, LEDGER_SETTLED, 0 } } },
    { "shrinking, drained one by one", {
        { OP_SEND,     0,  -2,  -2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,   9,  -1, LEDGER_SETTLED, 0 },
        { OP_SEE,    300,   8,   0, LEDGER_SETTLED, 0 } } },
    { "partial fill waits for boot_timeout after its last hosts", {
        { OP_SEND,     0,  10,  10, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  10, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  16,   4, LEDGER_SETTLED, 0 },
        { OP_SEE,    500,  17,   3, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 1099,  0,   3, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 1100,  1,   0, LEDGER_SETTLED, 0 } } },
    { "growth of which no host comes stays pending", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   6, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 38399, 0,   6, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 38400, 1,   0, LEDGER_SETTLED, 0 } } },
    { "growth that never comes cancels a removal", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEND,    60,  -6,   0, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  61,   0,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,    630,  16,   0, LEDGER_SETTLED, 6 } } },
    { "growth that never comes stays behind what an open removal may cancel", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEND,    30,  -1,   5, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  31,   0,   5, LEDGER_SETTLED, 0 },
        { OP_SEND,    60,   2,   7, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  61,   0,   7, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   7, LEDGER_SETTLED, 0 },
        { OP_SEND,   610,   1,   8, LEDGER_IN_FLIGHT, 0 },
        { OP_EXPIRE, 700,   0,   8, LEDGER_IN_FLIGHT, 0 },
        { OP_REFUSE, 701,   0,   7, LEDGER_SETTLED, 0 } } },
    { "replicas that lag alternate", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  16,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,     60,  10,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,     90,  16,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,    120,  10,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,  16,   0, LEDGER_SETTLED, 0 } } },
    { "replicas that lag alternate while shrinking", {
        { OP_SEND,     0,  -6,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -6, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,   4,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,     60,  10,  -6, LEDGER_SETTLED, 0 },
        { OP_SEE,     90,   4,   0, LEDGER_SETTLED, 0 } } },
    { "a host dies while it boots", {
        { OP_SEND,     0,   2,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  12,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,     60,  11,   1, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   1,   0, LEDGER_SETTLED, 0 } } },
    { "foreign changes with an empty ledger", {
        { OP_SEE,     30,  13,   0, LEDGER_SETTLED, 3 },
        { OP_SEE,     60,   9,   0, LEDGER_SETTLED, -4 } } },
    { "a foreign change larger than the pending hosts", {
        { OP_SEND,     0,   2,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  15,   0, LEDGER_SETTLED, 3 } } },
    { "a foreign change against the pending hosts", {
        { OP_SEND,     0,   2,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,   7,   2, LEDGER_SETTLED, -3 } } },
    { "a foreign change larger than the seen hosts", {
        { OP_SEND,     0,   2,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  12,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,     60,   7,   2, LEDGER_SETTLED, -3 } } },
    { "unconfirmed, then shown",   {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     30,  10,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     60,  12,   4, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     90,  12,   4, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 659,   0,   4, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 660,   1,   0, LEDGER_SETTLED, 0 } } },
    { "unconfirmed, shown before its response is lost", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_SEE,      4,  16,   0, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   0, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     30,  16,   0, LEDGER_SETTLED, 0 } } },
    { "unconfirmed, one status comes from a replica that lags", {
        { OP_SEND,     0,  -6,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     30,   8,  -4, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     60,  10,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     90,   8,  -4, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,    120,  10,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 600, -6,  -6, LEDGER_UNCONFIRMED, 0 } } },
    { "unconfirmed, shown at confirm_timeout", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     90,  14,   2, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 90,   0,   2, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,    120,  14,   2, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 599,   0,   2, LEDGER_SETTLED, 0 } } },
    { "unconfirmed, shown once at confirm_timeout", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     90,  14,   2, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 90,   0,   2, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,    120,  10,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 120,  6,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_GIVE_UP, 120,  0,   0, LEDGER_SETTLED, 0 } } },
    { "unconfirmed, never shown",    {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 89,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 90,   6,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 999,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_GIVE_UP, 999,  0,   0, LEDGER_SETTLED, 0 },
        { OP_OVERDUE, 999,  0,   0, LEDGER_SETTLED, 0 } } },
    { "repeated, then accepted",    {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 90,   6,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,  90,   0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  91,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,    120,  15,   1, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 719,   0,   1, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 720,   1,   0, LEDGER_SETTLED, 0 } } },
    { "the wait doubles with each repeat",    {
        { OP_SEND,      0,  6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,      5,  0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,   90,  0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     95,  0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 269,  0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 270,  6,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,  270,  0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,    275,  0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 629,  0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 630,  6,   6, LEDGER_UNCONFIRMED, 0 } } },
    { "the wait doubles three times at most",    {
        { OP_SEND,       0, 6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,       5, 0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,    90, 0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,      95, 0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,   270, 0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     275, 0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,   630, 0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     635, 0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,  1350, 0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,    1355, 0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 2069, 0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 2070, 6,   6, LEDGER_UNCONFIRMED, 0 } } },
    { "a repeat that was not sent changes nothing",    {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,  90,   0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_UNSEND,  92,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 92,   6,   6, LEDGER_UNCONFIRMED, 0 } } },
    { "a repeat that is refused leaves nothing",    {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,  90,   0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_REFUSE,  91,   0,   0, LEDGER_SETTLED, 0 } } },
    { "a repeat is refused after a status showed the hosts",    {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT,  90,   0,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_SEE,     91,  14,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_REFUSE,  92,   0,   2, LEDGER_SETTLED, 0 } } },
    { "a repeated removal",    {
        { OP_SEND,     0,  -6,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_REPEAT, 600,   0,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,   605,   0,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 1799, 0,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 1800, -6, -6, LEDGER_UNCONFIRMED, 0 } } },
    { "unconfirmed shrinking waits for boot_timeout", {
        { OP_SEND,     0,  -6,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 599,  0,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_OVERDUE, 600, -6,  -6, LEDGER_UNCONFIRMED, 0 } } },
    { "unconfirmed behind an older one: the older is booked first", {
        { OP_SEND,     0,   5,   5, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   5, LEDGER_SETTLED, 0 },
        { OP_SEND,    30,   3,   8, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,    35,   0,   8, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     60,  15,   3, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     90,  16,   2, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,    120,  16,   2, LEDGER_SETTLED, 0 } } },
    { "unconfirmed in the other direction stays open", {
        { OP_SEND,     0,   5,   5, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   5, LEDGER_SETTLED, 0 },
        { OP_SEND,    30,  -3,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,    35,   0,   2, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     60,  15,  -3, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     90,  12,   0, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,    120,  12,   0, LEDGER_SETTLED, 0 } } },
    { "in flight never expires", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_EXPIRE, 9999,  0,   6, LEDGER_IN_FLIGHT, 0 } } },
    { "growth cancelled while it boots is not repeated", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEND,    60,  -3,   3, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  61,   0,   3, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,  13,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 660,   0,   0, LEDGER_SETTLED, 0 } } },
    { "shrinking cancelled while it drains is not repeated", {
        { OP_SEND,     0,  -6,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -6, LEDGER_SETTLED, 0 },
        { OP_SEND,    60,   3,  -3, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  61,   0,  -3, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,   7,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 660,   0,   0, LEDGER_SETTLED, 0 } } },
    { "an order that was not applied is not netted", {
        { OP_SEND,     0,  -1,  -1, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -1, LEDGER_SETTLED, 0 },
        { OP_SEND,    30,   1,   0, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,    35,   0,   0, LEDGER_UNCONFIRMED, 0 },
        { OP_GIVE_UP, 120,  0,  -1, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,   9,   0, LEDGER_SETTLED, 0 } } },
    { "an order that was not applied is netted with a removal that is over", {
        { OP_SEND,     0,  -1,  -1, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -1, LEDGER_SETTLED, 0 },
        { OP_SEND,    30,   1,   0, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,    35,   0,   0, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 600,   0,   0, LEDGER_UNCONFIRMED, 0 },
        { OP_GIVE_UP, 630,  0,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 630,   0,   0, LEDGER_SETTLED, 0 } } },
    { "cancelled hosts are not reported as missing", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEND,    60,  -3,   3, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  61,   0,   3, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,  12,   1, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 660,   0,   1, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 749,   0,   1, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 750,   1,   0, LEDGER_SETTLED, 0 } } },
    { "an open request keeps its own state when an older one expires", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,     10,  15,   1, LEDGER_SETTLED, 0 },
        { OP_SEND,   590,   3,   4, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,   595,   0,   4, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 610,   1,   3, LEDGER_UNCONFIRMED, 0 },
        { OP_GIVE_UP, 1190, 0,   0, LEDGER_SETTLED, 0 } } },
    { "an order that the open request may cancel waits for it", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEND,   590,  -3,   3, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,   595,   0,   3, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 600,   0,   3, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,    630,   9,   4, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 630,   0,   4, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,    660,   9,   4, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 660,   0,   4, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 1190,  0,   4, LEDGER_SETTLED, 0 } } },
    /* clang-format on */
};

static void take_step(struct ledger *ledger, const struct step *step, int32_t *hosts)
{
    struct ledger_movement movement = { 0 };
    struct ledger_expiry expiry;
    switch (step->op) {
    case OP_END:
        break;
    case OP_SEND:
        ledger_send(ledger, step->value, at_s(step->at_s), &timeouts);
        break;
    case OP_ACCEPT:
        ledger_accept(ledger);
        break;
    case OP_REFUSE:
        ledger_refuse(ledger);
        break;
    case OP_LOSE:
        ledger_lose(ledger);
        break;
    case OP_SEE:
        ledger_observe(ledger, *hosts, step->value, at_s(step->at_s), &movement);
        assert_int_equal(movement.foreign_hosts, step->foreign);
        see_servers(ledger, *hosts, step->value, step->at_s);
        *hosts = step->value;
        break;
    case OP_EXPIRE:
        assert_int_equal(expire_all(ledger, at_s(step->at_s)), step->value);
        break;
    case OP_OVERDUE:
        assert_int_equal(ledger_overdue_delta(ledger, at_s(step->at_s), &timeouts), step->value);
        break;
    case OP_REPEAT:
        ledger_repeat(ledger, at_s(step->at_s));
        assert_true(ledger_is_repeat(ledger));
        break;
    case OP_UNSEND:
        ledger_unsend(ledger);
        break;
    case OP_GIVE_UP:
        ledger_give_up(ledger, at_s(step->at_s), &timeouts, &expiry);
        break;
    }
}

static void row_is_booked(void **state)
{
    const struct ledger_row *row = *state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    for (const struct step *step = row->steps; step->op != OP_END; step++) {
        take_step(&ledger, step, &hosts);
        assert_int_equal(ledger_pending_hosts(&ledger), step->pending);
        assert_int_equal(ledger_state(&ledger), step->state);
        if (step->state != LEDGER_UNCONFIRMED)
            assert_int_equal(ledger_unconfirmed_hosts(&ledger), 0);
    }
}

static void removals_do_not_offset_added_hosts(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    assert_int_equal(ledger_coming_hosts(NULL), 0);
    order(&ledger, 6, 0);
    order(&ledger, -4, 10);
    assert_int_equal(ledger_pending_hosts(&ledger), 2);
    assert_int_equal(ledger_coming_hosts(&ledger), 6);
    see(&ledger, &hosts, 15, 30);
    assert_int_equal(ledger_coming_hosts(&ledger), 1);
}

static void hosts_that_may_still_boot_are_counted(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    order(&ledger, 6, 0);
    assert_int_equal(ledger_booting_hosts(&ledger), 0);
    see(&ledger, &hosts, 14, 30);
    assert_int_equal(ledger_booting_hosts(&ledger), 4);
    order(&ledger, -2, 40);
    see(&ledger, &hosts, 12, 60);
    assert_int_equal(ledger_booting_hosts(&ledger), 4);
    assert_int_equal(expire_all(&ledger, at_s(640)), 1);
    assert_int_equal(ledger_booting_hosts(&ledger), 0);
}

static void a_confirmation_has_the_request(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    ledger_send(&ledger, 6, at_s(10), &timeouts);
    ledger_lose(&ledger);
    assert_false(see(&ledger, &hosts, 12, 40).is_confirmed);
    struct ledger_movement movement = see(&ledger, &hosts, 12, 70);
    assert_true(movement.is_confirmed);
    assert_int_equal(movement.confirmed_delta, 6);
    assert_int_equal(movement.confirmed_seen, 2);
    assert_int_equal(movement.confirmed_age_ms, 60000);
}

static void an_expiry_has_the_missing_hosts(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct ledger_expiry expiry;
    int32_t hosts = 10;
    order(&ledger, 6, 0);
    see(&ledger, &hosts, 14, 30);
    assert_true(ledger_expire(&ledger, at_s(30 + BOOT_S), &timeouts, &expiry));
    assert_int_equal(expiry.delta, 6);
    assert_int_equal(expiry.seen, 4);
    assert_int_equal(expiry.age_ms, (30 + BOOT_S) * 1000);
}

static void a_full_ledger_merges_and_loses_nothing(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t expected = 0;
    for (int32_t i = 0; i < 40; i++) {
        int32_t delta = i % 3 == 1 ? -1 : 2;
        order(&ledger, delta, i * 10);
        expected += delta;
        assert_in_range(ledger.count, 1, LEDGER_ENTRIES_MAX);
        assert_int_equal(ledger_pending_hosts(&ledger), expected);
    }
}

/* No host ever goes: an order in every pass must not keep the first ones from expiring. */
static void many_orders_do_not_delay_an_expiry(void **state)
{
    (void)state;
    int32_t ordered[4000] = { 0 };
    struct ledger ledger = { 0 };
    struct random random = { 3 };
    int32_t too_old = 0;
    int32_t sent = 0;
    for (int32_t i = 0; i < 4000; i++) {
        int64_t now_s = (int64_t)i * PASS_S;
        expire_all(&ledger, at_s(now_s));
        int32_t oldest = i - (BOOT_S + BOOT_S / LEDGER_PARTS) / PASS_S - 1;
        too_old += oldest >= 0 ? ordered[oldest] : 0;
        assert_true(-ledger_pending_hosts(&ledger) <= sent - too_old);
        ordered[i] = 1 + (int32_t)random_below(&random, 5);
        sent += ordered[i];
        order(&ledger, -ordered[i], now_s);
    }
}

/* Removal takes booting hosts first. */
static void model_scale(struct fleet_truth *truth, int32_t delta, int64_t now_s, int64_t ready_s)
{
    if (delta > 0)
        fleet_truth_order(truth, delta, ready_s);
    else
        fleet_truth_remove(truth, -delta, now_s, now_s);
}

/* All orders arrive in time. Seconds. */
static void run_model(struct fleet_truth *truth, uint64_t seed)
{
    struct random random = { seed };
    struct ledger ledger = { 0 };
    int32_t hosts = fleet_truth_status(truth, 0).current_hosts;
    for (int64_t now_s = 0; now_s < 20000; now_s += PASS_S) {
        fleet_truth_advance(truth, now_s);
        see(&ledger, &hosts, fleet_truth_status(truth, 0).current_hosts, now_s);
        assert_int_equal(expire_all(&ledger, at_s(now_s)), 0);
        int32_t owned = fleet_truth_owned(truth);
        assert_int_equal(hosts + ledger_pending_hosts(&ledger), owned);
        int32_t delta = (int32_t)random_below(&random, 200) - owned;
        delta = (int32_t)clamp_i64(delta, -8, 8);
        if (delta == 0 || random_below(&random, 3) != 0)
            continue;
        order(&ledger, delta, now_s);
        model_scale(truth, delta, now_s, now_s + 20 + random_below(&random, 280));
    }
}

static void seen_and_pending_equal_the_model_when_counted_on_order(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct fleet_truth truth = { .is_counted_when_ordered = true, .ready = 50 };
        run_model(&truth, seed);
    }
}

static void seen_and_pending_equal_the_model_when_counted_booted(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct fleet_truth truth = { .ready = 50 };
        run_model(&truth, seed);
    }
}

static void the_largest_orders_saturate(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    order(&ledger, INT32_MAX, 0);
    order(&ledger, INT32_MAX, 1);
    assert_int_equal(ledger_pending_hosts(&ledger), INT32_MAX);
    int32_t hosts = 0;
    see(&ledger, &hosts, INT32_MAX, 2);
    assert_int_equal(ledger_pending_hosts(&ledger), INT32_MAX);
    order(&ledger, -INT32_MAX, 3);
    assert_int_equal(ledger_pending_hosts(&ledger), 0);
    see(&ledger, &hosts, 0, 4);
    assert_int_equal(ledger_pending_hosts(&ledger), INT32_MAX);
}

/* Growth of 5 that brought nothing, and more requests than the ledger has room for. */
static void owed_hosts_stay_owed_beside_many_requests(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    order(&ledger, 5, 0);
    assert_int_equal(expire_all(&ledger, at_s(BOOT_S)), 0);
    assert_int_equal(order_backoff_unfilled(&ledger).absent_hosts, 5);
    for (int32_t i = 1; i <= 3 * LEDGER_ENTRIES_MAX; i++) {
        order(&ledger, i % 3 ? -1 : 1, BOOT_S + i);
        assert_int_equal(order_backoff_unfilled(&ledger).absent_hosts, 5);
    }
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(ledger_rows)];
    TESTS_FROM_ROWS(rows, ledger_rows, row_is_booked);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_that_may_still_boot_are_counted),
        cmocka_unit_test(removals_do_not_offset_added_hosts),
        cmocka_unit_test(a_confirmation_has_the_request),
        cmocka_unit_test(an_expiry_has_the_missing_hosts),
        cmocka_unit_test(a_full_ledger_merges_and_loses_nothing),
        cmocka_unit_test(many_orders_do_not_delay_an_expiry),
        cmocka_unit_test(seen_and_pending_equal_the_model_when_counted_on_order),
        cmocka_unit_test(seen_and_pending_equal_the_model_when_counted_booted),
        cmocka_unit_test(owed_hosts_stay_owed_beside_many_requests),
        cmocka_unit_test(the_largest_orders_saturate),
    };
    int failed = cmocka_run_group_tests_name("ledger: rows", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("ledger: invariants", tests, NULL, NULL);
    return failed;
}
