/*
 * The relay: from the outbox to the log of the broker, and on to the position of a consumer.
 * Code: outbox/relay-term.ts, publish-loop.ts, outbox-store.ts, leadership.ts; kafka/producer.ts.
 *
 * Two replicas have a relay each. The events are numbered 1, 2, …; fence.pml shows that what a relay reads is decided.
 * Reading, sending, acknowledgements and storing the cursor go on side by side.
 *
 * Without:
 *   NO_LOG_CHECK                  the comparison of the broker's log with what it once acknowledged
 *   RESET_NOT_ON_DISK             the wait for the disk when the cursor goes back to the start
 *   SESSION_SURVIVES_LOSS         the end of the producer's session with its broker
 *   SENDS_ON_AFTER_FAILURE        the stop at the first message that fails
 *   CURSOR_BEFORE_ACKNOWLEDGEMENT the wait for the acknowledgement before the cursor moves
 *   NO_LEADER                     the lock that makes one relay the leader
 *   CURSOR_ON_ANOTHER_CONNECTION  the connection: stores the cursor on one that does not hold the lock (FAULTS=4)
 */
#ifndef FAULTS
#define FAULTS 3 /* at most, of any kind */
#endif
#define events 2
#define logMax 12
#define nobody 9

/* Postgres of the owner */
typedef Cursor { byte last_id; byte log_end } /* log_end: the offset behind the last acknowledged message */
Cursor cursor; /* as queries see it */
Cursor on_disk; /* as a crash of Postgres leaves it: a stored cursor does not wait for the disk */
byte leader = nobody; /* whose connection holds the advisory lock; every query of another relay fails */
#ifdef NO_LEADER
#define isLeader true
#else
#define isLeader (leader == me)
#endif

/* The broker */
byte log[logMax], log_end;
bool session_over[2]; /* by relay: with the broker that lost its log its producer's session has ended */

/* The consumer */
byte next_offset, position;

byte faults = FAULTS; /* how many there may still be, of any kind */
bool crashed[2];

#define storeCursor(id, end) cursor.last_id = id; cursor.log_end = end
#define flushCursor() on_disk.last_id = cursor.last_id; on_disk.log_end = cursor.log_end

inline append() { sent++; log[log_end] = sent; log_end++; sent_end = log_end }

proctype Relay(byte me) {
  byte read, sent, sent_end, acknowledged, end;
  bool failed;
  do
  :: {
#ifndef NO_LEADER
    d_step { leader == nobody -> leader = me }
#endif
    session_over[me] = false;
    if
    :: d_step { isLeader -> acknowledged = cursor.last_id; end = cursor.log_end }
    :: !isLeader -> goto over
    fi;
#ifndef NO_LOG_CHECK
    if
    :: log_end >= end
    :: log_end < end -> /* the broker has lost its log: everything is published again */
      if
      :: d_step { isLeader ->
          acknowledged = 0; end = 0;
          storeCursor(0, 0);
#ifndef RESET_NOT_ON_DISK
          flushCursor()
#endif
        }
      :: !isLeader -> goto over
      fi
    fi;
#endif
    d_step { read = acknowledged; sent = acknowledged; sent_end = end }
    do
    :: d_step { isLeader && read < events -> read++ }
#ifdef SESSION_SURVIVES_LOSS
    :: d_step { sent < read -> append() }
#else
    :: d_step { sent < read && !session_over[me] -> append() }
#endif
#ifdef SENDS_ON_AFTER_FAILURE
    :: d_step { sent < read && faults > 0 -> faults--; failed = true; sent++ }
#endif
    :: d_step { acknowledged < sent && !failed -> acknowledged = sent; end = sent_end }
#ifdef CURSOR_BEFORE_ACKNOWLEDGEMENT
    :: d_step { isLeader && cursor.last_id < read -> storeCursor(read, end) }
#elif defined(CURSOR_ON_ANOTHER_CONNECTION)
    :: d_step { cursor.last_id < acknowledged -> storeCursor(acknowledged, end) }
#else
    :: d_step { isLeader && cursor.last_id < acknowledged -> storeCursor(acknowledged, end) }
#endif
    :: session_over[me] -> break /* a broker that is gone ends the session */
    :: !isLeader -> break /* it notices now, or goes on for as long as it asks Postgres nothing */
    :: failed -> break
    od;
over: skip
  } unless { crashed[me] };
  d_step { /* the connection ends with the term, and gives the lock back */
    if :: leader == me -> leader = nobody :: else fi;
    crashed[me] = false; session_over[me] = false;
    read = 0; sent = 0; sent_end = 0; acknowledged = 0; end = 0; failed = false }
  od
}

active proctype Consumer() {
  do
  :: d_step { next_offset < log_end ->
      if
      :: log[next_offset] <= position /* a repeat */
      :: else -> assert(log[next_offset] == position + 1); position++ /* nothing is left out */
      fi;
      log[next_offset] = 0; next_offset++ }
  od
}

active proctype World() {
  do
  :: d_step { faults > 0 && on_disk.last_id != cursor.last_id -> flushCursor() }
  :: d_step { faults > 0 -> faults--; crashed[0] = true } /* or another failure that ends a term */
  :: d_step { faults > 0 -> faults--; crashed[1] = true }
  :: d_step { faults > 0 && leader != nobody -> faults--; leader = nobody }
  :: d_step { faults > 0 -> faults--; leader = nobody; storeCursor(on_disk.last_id, on_disk.log_end) }
  :: d_step { faults > 0 -> faults--; session_over[0] = true; session_over[1] = true;
      do :: log_end > 0 -> log_end--; log[log_end] = 0 :: else -> break od;
      next_offset = 0 } /* consumer.pml shows that a consumer begins with the new log */
  :: d_step { faults > 0 -> faults--} /* fewer faults than there may be */
  od
}

active proctype AtQuiet() { timeout -> assert(position == events) }

init { atomic { run Relay(0); run Relay(1) } }
