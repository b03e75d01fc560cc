/*
 * The fence: how far the outbox is decided while transactions are under way.
 * Code: outbox/fence.ts, outbox-store.ts (readEvents), event-rows.ts, and the SQL of every writer.
 *
 * Four writers change two accounts. Each takes one number and commits or aborts, as slowly as it likes. A relay reads
 * the outbox again and again, and publishes what it has read: the rows up to the first missing number, or, where that
 * is the next one, those up to a fence.
 *
 * Without:
 *   GAPS                      the end at the first missing number: publishes all that is visible at once
 *   NO_FENCE                  the fence: reads every row that is visible
 *   NO_WAIT                   the wait for the transactions under way
 *   WRITERS_BEFORE_SEQUENCE   the order: asks who writes before it reads the sequence
 *   NUMBER_BEFORE_TABLE_LOCK  the lock of the table before the number
 *   NUMBER_BEFORE_ROW_LOCK    the lock of the entity's row before the number
 *   WRONG_ORDER               the order of the numbers: publishes the highest first
 */
#define writers 4
#define accounts 2

#define bit(n) (1 << (n))
#define below(n) (bit(n) - 1)

byte last_number; /* of the sequence; 0 when none was taken */
byte visible; /* the numbers whose rows are committed: a set */
byte undecided; /* the numbers whose transaction has not ended: a set */
byte writing; /* the writers that hold the lock of the table outbox: a set */
bool row_locked[accounts];
byte version[accounts];
byte version_of[writers + 1], account_of[writers + 1]; /* by number */

inline lockRow() { d_step { !row_locked[account] -> row_locked[account] = true } }
inline lockTable() { writing = writing | bit(me) }
inline takeNumber() { d_step { last_number++; number = last_number; undecided = undecided | bit(number) } }

proctype Writer(byte me; byte account) {
  byte number;
#ifdef NUMBER_BEFORE_ROW_LOCK
  lockTable(); takeNumber(); lockRow();
#elif defined(NUMBER_BEFORE_TABLE_LOCK)
  lockRow(); takeNumber(); lockTable();
#else
  lockRow(); lockTable(); takeNumber();
#endif
  if
  :: d_step { /* commits */
      undecided = undecided & ~bit(number); visible = visible | bit(number);
      version[account]++; version_of[number] = version[account]; account_of[number] = account }
  :: undecided = undecided & ~bit(number) /* aborts, or its connection is lost */
  fi;
  /* Postgres releases the locks of a transaction after its end can be seen. */
  d_step { writing = writing & ~bit(me); row_locked[account] = false }
}

byte published; /* a set of numbers */
byte published_version[accounts];
byte sent; /* up to it everything decided is published */

inline publish() {
  assert(!(undecided & below(number))); /* no lower number can appear any more */
  assert(!(visible & ~published & below(number))); /* no lower one was left out */
  assert(version_of[number] == published_version[account_of[number]] + 1); /* in the order of the versions */
  published = published | bit(number);
  published_version[account_of[number]]++
}

active proctype Relay() {
  byte fence, waits_for, rows, number;
  do
  :: last_number > fence || (visible & ~below(sent + 1)) ->
    d_step {
      rows = 0; number = sent + 1;
      do :: visible & bit(number) -> rows = rows | bit(number); number++ :: else -> break od;
      fence = number - 1;
#ifdef GAPS
      if :: rows -> rows = visible & ~below(sent + 1) :: else fi;
#endif
      number = 0 }
    if
    :: rows
    :: else ->
#ifdef WRITERS_BEFORE_SEQUENCE
      waits_for = writing;
#endif
      fence = last_number;
#ifndef WRITERS_BEFORE_SEQUENCE
      waits_for = writing;
#endif
#ifndef NO_WAIT
      do
      :: waits_for & ~writing -> waits_for = waits_for & writing
      :: waits_for == 0 -> break
      od;
#endif
#ifdef NO_FENCE
      rows = visible & ~below(sent + 1)
#else
      rows = visible & ~below(sent + 1) & below(fence + 1)
#endif
    fi;
    d_step {
#ifdef WRONG_ORDER
      number = writers;
      do :: number == 0 -> break :: else -> if :: rows & bit(number) -> publish() :: else fi; number-- od;
#else
      number = 1;
      do :: number > writers -> break :: else -> if :: rows & bit(number) -> publish() :: else fi; number++ od;
#endif
      sent = fence; rows = 0; waits_for = 0; number = 0 }
  od
}

active proctype AtQuiet() { timeout -> assert(published == visible) }

init { atomic { run Writer(0, 0); run Writer(1, 0); run Writer(2, 0); run Writer(3, 1) } }
