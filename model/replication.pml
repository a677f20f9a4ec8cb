/* Replication upwards, as a model that Spin explores completely. Rules: docs/protocol.md, "Sending" and "Receiving";
 * code: core/receiver.cpp (decide), core/sender.cpp (place, go_on_from, go_back_before, begin_fork).
 * How to run it, its bounds, what is left out and how to read a trail: docs/model.md. scripts/model runs all of it.
 *
 * One store whose ledger holds at most ROWS rows and whose epoch changes with every restart (at most RESTARTS, of which one
 * may lose the tail); with TWIN=1 a live copy of the machine that writes one row of its own. Two receivers at head office
 * share one cursor row per epoch. Both channels lose, duplicate and reorder, SLOTS messages each.
 *
 * A digest is the chain itself: one digit per row, so two chains that differ anywhere have different digests. A digit is
 * the epoch of the row (1..5), plus 8 when the twin wrote it. chain >> BITS is the digest one row earlier.
 *
 * Two senders. Without REAL it sends any run of its ledger at any time, more than the rules ever allow: what is safe then
 * is safe with every window, rewind and jump. With REAL it follows the rules with one batch in flight: for liveness.
 */
#ifndef ROWS
#define ROWS 3
#endif
#ifndef RESTARTS
#define RESTARTS 1
#endif
#ifndef TWIN
#define TWIN 1
#endif
#ifndef SLOTS
#define SLOTS 2
#endif

#if TWIN
#define FORKS 1 /* one twin makes one fork */
#else
#define FORKS 0
#endif
#define EPOCHS (2 + RESTARTS + FORKS) /* index 0 is unused: "no row" and "replaces nothing" */
#define BITS 4
#define NONE 7 /* as a seq: none */
#define AT(chain, length, seq) ((chain) >> (BITS * ((length) - (seq))))
#define EPOCH_OF(chain) ((chain) & 7) /* epoch of the last row; 0 for the empty chain */

/* Messages are one number each, so that a channel can keep them sorted: a bag has no order to remember. */
#define BATCH(epoch, first, last, digest) ((epoch) | ((first) << 3) | ((last) << 6) | ((digest) << 9))
#define ACK(epoch, seq, gap, digest) ((epoch) | ((seq) << 3) | ((gap) << 6) | ((digest) << 9))
#define M_EPOCH(m) ((m) & 7)
#define M_SEQ(m) (((m) >> 3) & 7) /* batch: first */
#define M_LAST(m) (((m) >> 6) & 7)
#define M_GAP(m) (((m) >> 6) & 1)
#define M_DIGEST(m) ((m) >> 9)

chan up = [SLOTS] of { int };
chan down = [SLOTS] of { int };
bool quiet; /* no fault and no write any more */

/* ---- head office: per epoch its root, the cursor and the digest there. root NONE: not known. */
byte root[EPOCHS] = NONE;
byte upto[EPOCHS];
int digest[EPOCHS];
byte rows_of[EPOCHS]; /* what really lies in the ledger, one bit per seq: for the assertions alone */
bool locked;
byte unsent; /* receivers between commit and ack */
#define HELD_AT(epoch, seq) AT(digest[epoch], upto[epoch], seq)
#define HAS_ROW(epoch, seq) ((rows_of[epoch] >> (seq)) & 1)

/* ---- the store */
int ledger;
byte head, cursor, epoch = 1, newest = 1, restarts;
bool has_lost_tail;
byte twin_epoch, twin_head; /* twin_epoch 0: none yet */
int twin_ledger;
bool has_twin;
#ifdef REAL
byte sent, flying_epoch, flying_first, flying_last, crawling, rewound;
bool is_opened;
#endif

/* Scratch of one step; 0 again after it, so that it tells no two states apart. */
int m, x, chain, own;
byte e, f, l, s, p, at_root, left_at, before, is_on_path, was;

inline clear() {
  m = 0; x = 0; chain = 0; own = 0; e = 0; f = 0; l = 0; s = 0; p = 0; at_root = 0; left_at = 0; before = 0; is_on_path = 0; was = 0
}

inline take(wire, out) { /* any message; a duplicate stays behind */
  if
  :: wire?out
  :: len(wire) > 1 -> wire?x; wire?out; wire!!x; x = 0
  :: !quiet -> wire?<out>
  :: !quiet && len(wire) > 1 -> wire?x; wire?<out>; wire!!x; x = 0
  fi
}

/* ================================================================ the receivers */

mtype = { apply, open, known, gap, unknown_epoch, fork };

/* core/receiver.cpp, decide(): facts -> verdict. A batch carries its root when the row before it is of another epoch. */
inline decide(batch, verdict, facts_upto) {
  e = M_EPOCH(batch); f = M_SEQ(batch); l = M_LAST(batch); chain = M_DIGEST(batch);
  facts_upto = upto[e];
  if
  :: root[e] == NONE ->
    x = AT(chain, l, f - 1); p = EPOCH_OF(x);
    if
#ifdef UNKNOWN_EPOCH_ANYWHERE
    :: true -> verdict = open
#else
    :: p == e -> verdict = unknown_epoch
    :: p == 0 -> verdict = open
    :: p != e && p != 0 ->
      if
      :: root[p] == NONE || f - 1 <= root[p] || f - 1 > upto[p] -> verdict = unknown_epoch
#ifndef ROOT_DIGEST_UNCHECKED
      :: root[p] != NONE && f - 1 > root[p] && f - 1 <= upto[p] && HELD_AT(p, f - 1) != x -> verdict = unknown_epoch
#endif
      :: else -> verdict = open /* or branch: the same, and an incident */
      fi
#endif
    fi
  :: else ->
    assert(f > root[e]); /* one epoch has one root in this model */
    if
    :: f > upto[e] + 1 ->
#ifdef GAP_APPLIED
      verdict = apply
#else
      verdict = gap
#endif
    :: f == upto[e] + 1 ->
      if
      :: AT(chain, l, f - 1) != digest[e] -> verdict = fork
      :: else -> if :: l < f -> verdict = known :: else -> verdict = apply fi
      fi
    :: f <= upto[e] && l <= upto[e] -> if :: HELD_AT(e, l) != chain -> verdict = fork :: else -> verdict = known fi
    :: f <= upto[e] && l > upto[e] -> if :: AT(chain, l, upto[e]) != digest[e] -> verdict = fork :: else -> verdict = apply fi
    fi
  fi;
  clear()
}

/* What the receiver does in its transaction. facts_upto is the cursor as it was read under the lock. */
inline perform(batch, verdict, facts_upto) {
  e = M_EPOCH(batch); f = M_SEQ(batch); l = M_LAST(batch); chain = M_DIGEST(batch);
  if
  :: verdict == open -> root[e] = f - 1; upto[e] = f - 1; digest[e] = AT(chain, l, f - 1); s = f
  :: verdict == apply && facts_upto + 1 > f -> s = facts_upto + 1
  :: verdict == apply && facts_upto + 1 <= f -> s = f
  :: else -> s = NONE
  fi;
  do
  :: s <= l && s != NONE ->
    assert(!HAS_ROW(e, s));                            /* no row is applied twice */
    assert(s == upto[e] + 1);                          /* no gap is applied */
    assert(s - 1 == root[e] || HAS_ROW(e, s - 1));
    assert(AT(chain, l, s - 1) == digest[e]);          /* nor a row of another chain */
    rows_of[e] = rows_of[e] | (1 << s);
    upto[e] = s; digest[e] = AT(chain, l, s);
    s++
  :: else -> break
  od
}

inline answer(batch, verdict, ack) {
  e = M_EPOCH(batch); f = M_SEQ(batch); l = M_LAST(batch);
  if
  :: verdict == unknown_epoch -> ack = ACK(e, NONE, 1, 0)
  :: verdict == gap -> ack = ACK(e, upto[e], 1, digest[e])
#ifndef FORK_ACKS_CURSOR
  :: verdict == fork -> /* the row that was compared, not the cursor */
    if
    :: f <= upto[e] && l <= upto[e] -> ack = ACK(e, l, 0, HELD_AT(e, l))
    :: else -> ack = ACK(e, upto[e], 0, digest[e])
    fi
#endif
#ifdef ACK_BEFORE_COMMIT
  :: verdict == apply || verdict == open -> ack = ACK(e, l, 0, M_DIGEST(batch))
#endif
  :: else -> ack = ACK(e, upto[e], 0, digest[e])
  fi
}

#ifdef NO_LOCK
#define LOCK_IS_FREE true
#else
#define LOCK_IS_FREE !locked
#endif

/* A receiver may die after each step: it forgets, its transaction rolls back, and another life of it begins. */
active [2] proctype Receiver() {
  int batch, ack;
  mtype verdict;
  byte facts_upto;
end:
  do
  :: atomic { LOCK_IS_FREE && nempty(up) -> take(up, batch); locked = true; d_step { decide(batch, verdict, facts_upto) } };
#ifdef ACK_BEFORE_COMMIT
    if
    :: atomic { nfull(down) -> answer(batch, verdict, ack); down!!ack; ack = 0; clear() }
    :: atomic { !quiet -> skip }
    fi;
#endif
    if
    :: d_step {
        perform(batch, verdict, facts_upto);
#ifndef ACK_BEFORE_COMMIT
        answer(batch, verdict, ack); unsent++;
#endif
        locked = false; batch = 0; verdict = 0; facts_upto = 0; clear()
      }
    :: d_step { !quiet -> locked = false; batch = 0; verdict = 0; facts_upto = 0 } /* died: rolled back */
    fi;
#ifndef ACK_BEFORE_COMMIT
    if
    :: ack == 0
    :: d_step { ack != 0 && nfull(down) -> down!!ack; ack = 0; unsent-- }
    :: d_step { ack != 0 && !quiet -> ack = 0; unsent-- } /* died between commit and ack */
    fi
#endif
  od
}

/* Head office says its position again whenever a connection comes (back), by itself: with gap, for what was sent meanwhile is lost. */
active proctype Position() {
end:
  do
  :: atomic {
      !quiet && nfull(down) ->
      if
      :: root[1] != NONE -> e = 1
      :: EPOCHS > 2 && root[2 % EPOCHS] != NONE -> e = 2
      :: EPOCHS > 3 && root[3 % EPOCHS] != NONE -> e = 3
      :: EPOCHS > 4 && root[4 % EPOCHS] != NONE -> e = 4
      fi;
      down!!ACK(e, upto[e], 1, digest[e]); clear()
    }
  od
}

/* ================================================================ the store */

#define OWN(seq) AT(ledger, head, seq)

/* Path: where `which` began and where it was left (NONE: it is the current one). */
inline find_on_path(which) {
  at_root = 0; left_at = NONE;
  do
  :: at_root < head && EPOCH_OF(OWN(at_root + 1)) != which -> at_root++
  :: else -> break
  od;
  is_on_path = (at_root < head || which == epoch);
  if
  :: which != epoch && at_root < head ->
    left_at = at_root;
    do
    :: left_at < head && EPOCH_OF(OWN(left_at + 1)) == which -> left_at++
    :: else -> break
    od
  :: else
  fi
}

/* Every row up to the saved cursor lies in head office's ledger, in its epoch and with its digest. */
inline check_cursor() {
  assert(cursor <= head);
  s = 1;
  do
  :: s <= cursor ->
    e = EPOCH_OF(OWN(s));
    assert(HAS_ROW(e, s));
    assert(HELD_AT(e, s) == OWN(s));
    s++
  :: else -> break
  od
}

inline move_cursor(to) {
  cursor = to;
  check_cursor()
}

inline forget_session() {
#ifdef REAL
  sent = cursor; flying_epoch = 0; flying_first = 0; flying_last = 0; crawling = 0; rewound = 0; is_opened = false
#else
  skip
#endif
}

/* A new epoch, rooted at the cursor; what follows is chained anew. */
inline rechain() {
  assert(newest + 1 < EPOCHS);
  newest++; epoch = newest;
  ledger = OWN(cursor); s = cursor;
  do
  :: s < head -> ledger = (ledger << BITS) | epoch; s++
  :: else -> break
  od;
  check_cursor();
  forget_session()
}

#ifdef REAL
inline land() { flying_epoch = 0; flying_first = 0; flying_last = 0 }

inline obey_gap(which, seq) {
  if
  :: sent > seq && rewound != (which | (seq << 3)) -> rewound = which | (seq << 3); land(); sent = seq
  :: else
  fi
}

inline go_on_from(which, at) {
  if
  :: cursor < at && crawling == which && flying_epoch == which -> land(); if :: sent >= at -> is_opened = false :: else fi
  :: cursor < at && crawling != which && (sent < at || (flying_epoch != 0 && flying_first <= at)) ->
    land();
    if :: sent < at -> sent = at :: else fi;
    is_opened = false
  :: else
  fi
}

inline go_back_before(which) {
  if
  :: flying_epoch == which && rewound != (which | (NONE << 3)) ->
    rewound = which | (NONE << 3);
    p = at_root; /* the root of `which`; from here on of the epoch before */
    before = EPOCH_OF(OWN(p));
    s = 0;
    do :: s < p && EPOCH_OF(OWN(s + 1)) != before -> s++ :: else -> break od;
    if :: cursor > s && cursor < p -> s = cursor :: else fi;
    land(); sent = s; crawling = before
  :: else
  fi
}
#endif

/* An older ack than the last one taken changes nothing. */
#ifdef OLD_ACK_MOVES_CURSOR
#define IS_NEWER(seq) ((seq) != cursor)
#else
#define IS_NEWER(seq) ((seq) > cursor)
#endif

/* core/sender.cpp, AckArrived and place(). Whatever the ack says, within one life of the process the cursor does not go back. */
inline hear(ack) {
  was = cursor;
  e = M_EPOCH(ack); l = M_SEQ(ack); chain = M_DIGEST(ack);
  find_on_path(e);
  if
  :: !is_on_path
  :: is_on_path && l == NONE ->
#if defined(REAL) && !defined(NEVER_GOES_BACK)
    go_back_before(e)
#else
    skip
#endif
  :: is_on_path && l != NONE && left_at != NONE && l > left_at -> /* beyond the row at which we left it */
#ifdef BEYOND_MOVES_CURSOR
    if :: left_at > cursor -> move_cursor(left_at) :: else fi;
#endif
#if defined(REAL) && !defined(NEVER_GOES_ON)
    go_on_from(e, left_at)
#else
    skip
#endif
  :: is_on_path && l < at_root
  :: is_on_path && l != NONE && !(left_at != NONE && l > left_at) && l >= at_root ->
    if
    :: l > head -> own = -1
    :: else -> own = OWN(l)
    fi;
    if
#ifdef ACK_DIGEST_UNCHECKED
    :: l > head
    :: l <= head ->
#else
    :: own != chain -> rechain()
    :: else ->
#endif
#ifdef REAL
      p = M_GAP(ack); f = e; at_root = l; /* check_cursor uses e and s */
      if :: flying_epoch != 0 && flying_last <= l -> land():: else fi;
      if :: IS_NEWER(l) -> move_cursor(l); rewound = 0 :: else fi;
      if :: at_root > sent -> sent = at_root :: else fi;
      if :: p -> obey_gap(f, at_root) :: else fi
#else
      if :: IS_NEWER(l) -> move_cursor(l) :: else fi
#endif
    fi
  fi;
  assert(cursor >= was)
}

/* A batch of one epoch that begins behind `after`: one row or more, or none at the head. */
inline send(after) {
  f = after + 1;
  if
  :: f > head -> e = epoch; l = after
  :: else ->
    e = EPOCH_OF(OWN(f)); l = f;
    do
    :: l < head && EPOCH_OF(OWN(l + 1)) == e -> l++
    :: break
    od
  fi;
  up!!BATCH(e, f, l, OWN(l))
#ifdef CURSOR_FROM_PUBACK
  ; if :: l > cursor -> move_cursor(l) :: else fi
#endif
}

active proctype Store() {
#ifdef BESIDE_A_COPY
  /* It wrote a row, was started again and wrote another. A copy of its first life had written two, and was heard first. */
  d_step {
    head = 2; epoch = 2; newest = 2; ledger = (1 << BITS) | 2; restarts = RESTARTS;
    root[1] = 0; upto[1] = 2; digest[1] = (9 << BITS) | 9; rows_of[1] = 6; has_twin = true
  };
#endif
end:
  do
  :: d_step { !quiet && head < ROWS -> head++; ledger = (ledger << BITS) | epoch }

#ifdef REAL
  :: atomic {
      nfull(up) && flying_epoch == 0 && (head > sent || !is_opened) ->
      send(sent);
      flying_epoch = e; flying_first = f; flying_last = l; sent = l; is_opened = true; clear()
    }
  /* The timer, or a lost connection. When all is well it fires only where silence is certain. */
  :: d_step {
      flying_epoch != 0 && (!quiet || (empty(up) && empty(down) && !locked && unsent == 0)) ->
      forget_session()
    }
#else
  :: atomic {
      nfull(up) ->
      s = 0;
      do :: s < head -> s++ :: break od;
      send(s); clear()
    }
#endif

  :: atomic { nempty(down) -> take(down, m); d_step { hear(m); clear() } }
  :: atomic { !quiet && nempty(down) -> take(down, m); clear() } /* lost */

  /* A restart draws a new epoch behind the last row of the file. The newest cursor may not have reached the disk. */
  :: atomic {
      !quiet && restarts < RESTARTS ->
      restarts++; newest++; epoch = newest;
      if
      :: !has_lost_tail && head > 0 ->
        has_lost_tail = true;
        do
        :: head > 0 -> head--; ledger = ledger >> BITS
        :: break
        od
      :: true
      fi;
      if :: cursor > head -> cursor = head :: else fi;
      do :: cursor > 0 -> cursor-- :: break od;
      forget_session()
    }

#if TWIN
  :: d_step { !quiet && !has_twin -> has_twin = true; twin_epoch = epoch; twin_head = head; twin_ledger = ledger }
  :: d_step {
      !quiet && twin_epoch != 0 && twin_head < ROWS && nfull(up) ->
      up!!BATCH(twin_epoch, twin_head + 1, twin_head + 1, (twin_ledger << BITS) | twin_epoch | 8)
    }
#endif
#ifdef REAL
  :: !quiet -> quiet = true
#endif
  od
}

#ifdef REAL
ltl all_acknowledged { [] (quiet -> <> (cursor == head)) }
#endif
