/*
 * A dead letter: an event that one build refuses is recorded, sent to the dead-letter topic, and sent again.
 * Code: consumer/apply-batch.ts, apply-events.ts, outcome.ts; projection/dead-letters.ts, positions.ts.
 *
 * The topic holds the events 1 and 2. The build of one member cannot read event 1; that of the other member, a newer
 * one, can. Each member has a worker for the topic and one for the retry topic. All of them run at once and begin
 * again at will, as if nobody knew who owns what: consumer.pml shows how that comes about. An operator sends the dead
 * letter again, twice.
 *
 * Without:
 *   RECORDED_AFTER_ROLLBACK the record of a dead letter in the transaction that refused it
 *   MOVED_BEFORE_SENDING    the sending of the dead letter before the position moves past it
 *   NO_LOCK_ON_DEAD_LETTER  the lock on the row of the dead letter
 *   REPLAY_NEEDS_NO_RIGHT   the right to be applied once
 */
#ifndef FAULTS
#define FAULTS 1 /* at most */
#endif
#define events 2
#define refused 1 /* the event that the older build cannot read */
#define nobody 9
#define bit(n) (1 << (n))

/* Kafka */
byte dead_letters; /* messages in the dead-letter topic, all of them event 1 */
byte replays; /* messages in the retry topic */

/* Postgres of the consumer */
byte applied; /* the tables: the set of the events in them */
byte position; /* of the topic: the last number applied */
byte position_offset; /* of the topic: behind the last message dealt with. Event 1 has the offset 0. */
byte position_locked_by = nobody;
mtype = { none, pending, resolved };
mtype row = none; /* of event 1 in the table dead_letters; pending: it may be applied once more */
byte row_locked_by = nobody;

byte faults = FAULTS; /* crashes of any worker */
bool crashed[4];

inline apply(event) {
  assert(!(applied & bit(event))); /* nothing is applied twice */
  applied = applied | bit(event)
}

inline lockPosition() { d_step { position_locked_by == nobody -> position_locked_by = me; last = position } }

/* A row that is not there cannot be locked. */
inline lockRow() {
#ifdef NO_LOCK_ON_DEAD_LETTER
  state = row
#else
  d_step {
    row == none || row_locked_by == nobody ->
    if :: row != none -> row_locked_by = me :: else fi;
    state = row }
#endif
}

inline record() { if :: row == none -> row = pending :: else fi }

inline unlock() {
  if :: position_locked_by == me -> position_locked_by = nobody :: else fi;
  if :: row_locked_by == me -> row_locked_by = nobody :: else fi
}

/* Reads the topic from where Postgres knows. */
proctype Worker(byte me; bool is_newer) {
  byte next, event, last;
  bool is_sent;
  mtype state = none;
  do
  :: {
    next = position_offset;
    do
    :: next < events ->
      event = next + 1;
      do /* one transaction, or two where a dead letter must be sent in between */
      :: lockPosition();
        if :: event == refused -> lockRow() :: else fi;
        if
        :: state == resolved || event <= last -> /* a repeat */
          d_step { position_offset = next + 1; unlock() }
          break
        :: state != resolved && event > last && (event != refused || is_newer) ->
          d_step {
            apply(event); position = event; position_offset = next + 1;
            if :: event == refused && state == pending -> row = resolved :: else fi;
            unlock() }
          break
        :: state != resolved && event > last && event == refused && !is_newer && is_sent ->
          d_step { position_offset = next + 1; unlock() } /* its number moves nothing: nobody has read it */
          break
        :: state != resolved && event > last && event == refused && !is_newer && !is_sent ->
#ifdef RECORDED_AFTER_ROLLBACK
          d_step { unlock() }
          d_step { row_locked_by == nobody -> record() }
          dead_letters = 1;
#elif defined(MOVED_BEFORE_SENDING)
          d_step { record(); position_offset = next + 1; unlock() }
          dead_letters = 1;
#else
          d_step { record(); unlock() }
          dead_letters = 1;
#endif
          d_step { is_sent = true; state = none }
        fi
      od;
      skip;
      d_step { next++; state = none; event = 0; last = 0; is_sent = false }
    :: next == events || position_offset < next -> break
    od;
    skip
  } unless { crashed[me] };
  d_step { unlock(); crashed[me] = false; next = 0; event = 0; last = 0; state = none; is_sent = false }
  if :: position_offset < events :: crashed[me] fi
  od
}

/* Reads the retry topic from its beginning: an offset of its own would only let it read less. */
proctype RetryWorker(byte me) {
  byte next;
  mtype state = none;
  do
  :: {
    do
    :: next < replays ->
      lockRow();
      if
#ifdef REPLAY_NEEDS_NO_RIGHT
      :: true ->
#else
      :: state != pending -> d_step { unlock() } /* a repeat */
      :: state == pending ->
#endif
        d_step { apply(refused); row = resolved; unlock() }
      fi;
      d_step { next++; state = none }
    od
  } unless { crashed[me] };
  d_step { unlock(); crashed[me] = false; next = 0; state = none }
  od
}

active proctype World() {
  do
  :: d_step { dead_letters > 0 && replays < 2 -> replays++ } /* souk dlq replay */
  :: d_step { faults > 0 -> faults--; crashed[0] = true }
  :: d_step { faults > 0 -> faults--; crashed[1] = true }
  :: d_step { faults > 0 -> faults--; crashed[2] = true }
  :: d_step { faults > 0 -> faults--; crashed[3] = true }
  :: d_step { faults > 0 -> faults-- } /* fewer faults than there may be */
  od
}

active proctype AtQuiet() { timeout -> assert(applied == bit(events + 1) - 2) }

init { atomic { run Worker(0, false); run Worker(1, true); run RetryWorker(2); run RetryWorker(3) } }
