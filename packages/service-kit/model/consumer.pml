/*
 * The consumer: from the log of one partition to the tables and their position, and a rebuild of them.
 * Code: consumer/consumer-session.ts, start-offsets.ts, topic-worker.ts, apply-until-done.ts, apply-batch.ts,
 * apply-events.ts; projection/positions.ts, known-tables.ts, rebuild.ts. A transaction of several partitions is one of
 * these for each of them.
 *
 * Two members of a group share one partition. The relay appends the events 1, 2, 3, and may start over from a lower
 * one: relay.pml shows that it does nothing else.
 *
 * Without:
 *   NO_ROW_LOCK                     the lock on the row of the position
 *   POSITION_IN_ANOTHER_TRANSACTION the position in the transaction of the tables
 *   REPEATS_ARE_APPLIED             the skipping of numbers that are not higher
 *   NO_GENERATION_CHECK             the check of the generation in the transaction
 *   KAFKA_OFFSET_ALONE              the lower of two offsets: starts from the one in Kafka
 *   CLEARING_IN_TWO_TRANSACTIONS    the new generation in the transaction that clears the tables
 *   CLEARING_WITHOUT_LOCK           the wait for transactions under way before the tables are cleared (FAULTS=1)
 *   NO_FALL_BACK_CHECK              the end of a session whose tables have gone back behind what it committed
 *   OFFSET_OF_LOST_LOG_KEPT         the new start of Kafka's client in a log that is another one
 */
#ifndef FAULTS
#define FAULTS 2 /* at most, of any kind */
#endif
#define events 3
#define logMax (events * (FAULTS + 1))
#define nobody 9
#define unknown 99 /* an offset that is not there */

/* Kafka */
byte log[logMax], log_end;
byte group_offset = unknown; /* where the group has stopped; a hint */
byte owner; /* the member that the group gives the partition to */
byte assignment; /* how often it was given; a member may learn of that late */
byte next[2]; /* by member: where its client reads on */

/* Postgres of the consumer */
byte applied; /* the tables: the set of the events in them */
byte position; /* the last number applied */
byte position_offset = unknown; /* behind the last message dealt with */
byte generation;
byte position_locked_by = nobody;
/* As a crash leaves it: a transaction that applies events does not wait for the disk. */
byte applied_on_disk, position_on_disk, position_offset_on_disk = unknown;

byte faults = FAULTS; /* how many there may still be, of any kind */
bool crashed[2];

#define bit(n) (1 << (n))
/* When no crash can come any more, nobody asks what is on disk. */
#define flush() if :: faults > 0 -> applied_on_disk = applied; position_on_disk = position; \
  position_offset_on_disk = position_offset :: else fi
#define fault() faults--; \
  if :: faults == 0 -> applied_on_disk = 0; position_on_disk = 0; position_offset_on_disk = unknown :: else fi

#ifdef NO_ROW_LOCK
#define holds_lock true
#else
#define holds_lock (position_locked_by == me)
#endif

inline apply(number) {
  if
#ifdef REPEATS_ARE_APPLIED
  :: number > 0 ->
#else
  :: number > last ->
#endif
    assert(!(applied & bit(number))); /* nothing is applied twice */
    assert(number == last + 1); /* nothing is left out, and the order is kept */
    applied = applied | bit(number); last = number
  :: else /* no message, or a repeat */
  fi
}

inline movePosition() {
  position = last; position_offset = behind; least = last;
  if :: position_locked_by == me -> position_locked_by = nobody :: else fi
}

proctype Member(byte me) {
  byte my_assignment, my_generation, read1, read2, behind, last, pg, kafka;
  byte least; /* the position that the session has seen or made last: Postgres cannot be behind it */
  do
  :: {
    d_step { owner == me -> my_assignment = assignment }
    my_generation = generation;
    if /* startsOf: asks both at once */
    :: d_step { pg = position_offset; least = position }
      kafka = group_offset
    :: kafka = group_offset;
      d_step { pg = position_offset; least = position }
    fi;
    d_step {
#ifdef KAFKA_OFFSET_ALONE
      next[me] = (kafka == unknown -> 0 : kafka);
#else
      next[me] = (pg == unknown || kafka == unknown -> 0 : (pg < kafka -> pg : kafka));
#endif
      pg = 0; kafka = 0 }
    do
    :: d_step { next[me] > log_end -> next[me] = 0 } /* auto.offset.reset */
    :: d_step { next[me] < log_end -> read1 = log[next[me]]; next[me]++; behind = next[me] }
      if /* a batch of one or two */
      :: d_step { next[me] < log_end -> read2 = log[next[me]]; next[me]++; behind = next[me] }
      :: skip
      fi;
tryAgain: skip; /* The transaction. A member that lost the partition without knowing runs it as well. */
#ifdef NO_ROW_LOCK
      last = position;
#else
      d_step { position_locked_by == nobody -> position_locked_by = me; last = position }
#endif
      if
#ifdef NO_GENERATION_CHECK
      :: skip;
#else
      :: generation != my_generation -> break
      :: generation == my_generation
#endif
      fi;
#ifndef NO_FALL_BACK_CHECK
      if :: last < least -> break :: last >= least fi;
#endif
      if
#ifdef POSITION_IN_ANOTHER_TRANSACTION
      :: d_step { holds_lock -> apply(read1); apply(read2) }
        movePosition()
#else
      :: d_step { holds_lock -> apply(read1); apply(read2); movePosition() }
#endif
      :: !holds_lock -> goto tryAgain /* Postgres has crashed in between */
      fi;
      d_step {
        if :: assignment == my_assignment -> group_offset = behind :: else fi;
        read1 = 0; read2 = 0; behind = 0; last = 0 }
    :: assignment != my_assignment -> break /* it notices now, or later */
    :: generation != my_generation -> break
#ifndef NO_FALL_BACK_CHECK
    :: position < least -> break /* it looks every second */
#endif
    od;
    skip
  } unless { crashed[me] };
  d_step { /* the transaction under way is rolled back */
    if :: position_locked_by == me -> position_locked_by = nobody :: else fi;
    crashed[me] = false; next[me] = 0; my_assignment = 0; my_generation = 0;
    read1 = 0; read2 = 0; behind = 0; last = 0; least = 0; pg = 0; kafka = 0 }
  od
}

active proctype Broker() {
  byte published;
  do
  :: d_step { published < events -> published++; log[log_end] = published; log_end++ }
  :: d_step { faults > 0 && published > 0 -> fault(); published = 0 } /* the relay starts over */
  :: d_step { faults > 0 && published > 1 -> fault(); published = 1 }
  :: d_step { faults > 0 && owner != nobody -> fault(); owner = 1 - owner; assignment++ } /* a rebalance */
  :: d_step { faults > 0 -> fault(); /* the broker loses all it has */
      do :: log_end > 0 -> log_end--; log[log_end] = 0 :: else -> break od;
#ifndef OFFSET_OF_LOST_LOG_KEPT
      next[0] = 0; next[1] = 0; /* Kafka's client begins with the new log */
#endif
      owner = nobody; assignment++; group_offset = unknown; published = 0 }
  :: d_step { faults > 0 -> /* Postgres crashes */
      position_locked_by = nobody; applied = applied_on_disk; position = position_on_disk;
      position_offset = position_offset_on_disk; fault() }
  :: d_step { faults > 0 && (applied != applied_on_disk || position_offset != position_offset_on_disk) -> flush() }
  :: d_step { owner == nobody -> owner = 0 }
  :: d_step { owner == nobody -> owner = 1 }
  :: d_step { faults > 0 -> fault(); crashed[0] = true }
  :: d_step { faults > 0 -> fault(); crashed[1] = true }
  :: d_step { faults > 0 -> fault() } /* fewer faults than there may be */
  od
}

/* souk rebuild, once and at any time, or never */
active proctype Rebuild() {
  if
#ifdef CLEARING_WITHOUT_LOCK
  :: d_step { applied = 0; position = 0; position_offset = unknown; generation++; flush() }
#elif defined(CLEARING_IN_TWO_TRANSACTIONS)
  :: d_step { position_locked_by == nobody -> applied = 0; position = 0; position_offset = unknown; flush() }
    generation++
#else
  :: d_step { position_locked_by == nobody -> applied = 0; position = 0; position_offset = unknown; generation++; flush() }
#endif
  :: skip
  fi
}

active proctype AtQuiet() { timeout -> assert(position == events && applied == bit(events + 1) - 2) }

init { atomic { run Member(0); run Member(1) } }
