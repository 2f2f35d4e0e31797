/*
 * The order workflow against everything that can go wrong around it, for one product of UNITS units.
 *
 * N requests, each with an order id and a payment id of its own, as plugins/checkout makes them. A PostgreSQL function is
 * one atomic step. Whatever goes over a network is sent, acted upon at any later time (also after its sender has died or
 * given up), and its answer is used, late or lost. Every process may stop after every step and never continue.
 *
 * What is not here, because leaving it out allows more: the gate (it may refuse any request at any time, which covers
 * every flush and restore of Redis), check_at and the hold's time (a resolver may come at any moment, also while the
 * request lives), the age at which a silent provider is given up (it may be at once).
 *
 *   N            requests                                    RESOLVERS   of each order, at the same time
 *   UNITS        in stock                                    CALM        no cancel, no giving up: for larger N
 *   SAME_KEY     the requests are one request and its repeats
 *   SAME_CART    the requests are clicks on one cart, with keys of their own
 *
 * The broken forms that must be found are listed in configurations.ts.
 */
#ifndef N
#define N 2
#endif
#ifndef UNITS
#define UNITS 1
#endif
#ifndef RESOLVERS
#define RESOLVERS 1
#endif

mtype = { none,
  pending, confirmed, cancelled,                                         /* order */
  held, committed, released,                                           /* reservation */
  processing, unknown, succeeded, failed, refund_pending, refunded,      /* payment */
  charged, declined, closed,                                             /* the provider's ledger, and its news */
  given_up, placed, refused }

/* PostgreSQL: stock, and order, reservation and payment of each request that was placed. */
byte quantity = UNITS; byte reserved = 0; byte sold = 0;
mtype order[N] = none; mtype hold[N] = none; mtype payment[N] = none;

/* The provider: how each payment was decided, what it has taken, what it has given back. */
mtype ledger[N] = none; byte charges[N]; byte refunds[N];

/* On their way: a charge, and a TX 1 whose sender has heard no answer and runs it again. */
bool charge_sent[N]; bool stray[N];

/* Of no meaning between two steps. */
hidden byte other; hidden byte taken;

#define OPEN(i) (payment[i] == processing || payment[i] == unknown)
#define LIVE(i) (order[i] == pending || order[i] == confirmed)

#ifdef NO_COMPARE
#define STILL_PENDING(i) (order[i] != none)
#else
#define STILL_PENDING(i) (order[i] == pending)
#endif

#ifdef REVIVES
#define MAY_CONFIRM(i) (STILL_PENDING(i) || order[i] == cancelled)
#else
#define MAY_CONFIRM(i) STILL_PENDING(i)
#endif

/* place_orders.sql. Run again after a lost answer it finds its own id: `exists` with my own id is `placed`. */
inline tx1(i, answer) {
  d_step {
    taken = 0;
#ifndef NO_UNIQUE
    for (other : 0 .. N - 1) {
      if
#ifdef SAME_KEY
      :: other != i && order[other] != none -> taken = 1
#endif
#ifdef SAME_CART
      :: other != i && LIVE(other) -> taken = 1
#endif
      :: else
      fi
    }
#endif
    if
    :: order[i] != none -> answer = placed
    :: order[i] == none && taken -> answer = refused
#ifndef NO_GUARD
    :: order[i] == none && !taken && quantity == 0 -> answer = refused
    :: order[i] == none && !taken && quantity > 0 ->
#else
    :: order[i] == none && !taken ->
#endif
         quantity--; reserved++;
         order[i] = pending; hold[i] = held; payment[i] = processing;
         answer = placed
    fi;
    other = 0; taken = 0
  }
}

/* finish_orders.sql, the only writer of outcomes: a compare-and-set under the order row's lock. */
inline tx2(i, news) {
  d_step {
    if
    :: news == charged && MAY_CONFIRM(i) ->
         reserved--; sold++;
         order[i] = confirmed; hold[i] = committed; payment[i] = succeeded
    :: (news == declined || news == closed) && STILL_PENDING(i) ->
         reserved--; quantity++;
         order[i] = cancelled; hold[i] = released; payment[i] = failed
    :: news == given_up && STILL_PENDING(i) ->
         reserved--; quantity++;
         order[i] = cancelled; hold[i] = released;
#ifdef GIVE_UP_CLOSES
         payment[i] = failed
#else
         payment[i] = unknown                                /* asked for until the provider answers */
#endif
    :: news == charged && !MAY_CONFIRM(i) && order[i] == cancelled && (OPEN(i) || payment[i] == failed) ->
         owe(i)                                              /* late money */
    :: (news == declined || news == closed) && !STILL_PENDING(i) && order[i] == cancelled && OPEN(i) ->
         payment[i] = failed
    :: else                                                  /* kept: someone was faster */
    fi
  }
}

/* provider.refund, with the id of the refund row: that row's money goes back once. */
inline give_back(i) {
  d_step {
    if
#ifdef REFUNDS_TWICE
    :: refunds[i] < 2 -> refunds[i]++
#else
    :: refunds[i] == 0 -> refunds[i]++
#endif
    :: else
    fi
  }
}

/* A refund row, in the transaction that finds it due. Without rows, the process that finds it due has to survive to make it. */
inline owe(i) {
#ifdef NO_REFUND_ROW
  payment[i] = failed; due_to_me = true
#else
  payment[i] = refund_pending
#endif
}

inline refund_myself(i) {
#ifdef NO_REFUND_ROW
  if
  :: due_to_me -> if :: goto over :: give_back(i) fi; payment[i] = refunded; due_to_me = false
  :: else
  fi
#else
  skip
#endif
}

/* POST /checkout, from the gate on. */
proctype request(byte i) {
  mtype answer = none;
  bool due_to_me = false;

  if :: goto over :: skip fi;                                /* refused by the gate, or died */
again:
  if
  :: tx1(i, answer)
  :: stray[i] = true; goto again                             /* no answer: it runs now, later or never */
  :: goto over                                               /* died, or has tried often enough */
  fi;
  if
  :: answer == refused -> goto over                          /* too little stock, or another request's order */
  :: answer == placed -> charge_sent[i] = true
  :: answer == placed -> goto over                           /* died */
  fi;
  if
  :: atomic { ledger[i] != none -> answer = ledger[i] }
  :: answer = unknown                                        /* no answer within the time limit */
  :: goto over
  fi;
  if
  :: answer == unknown -> d_step { if :: payment[i] == processing -> payment[i] = unknown :: else fi }
  :: answer != unknown -> tx2(i, answer)
  :: goto over
  fi;
  refund_myself(i);
over:
  atomic { answer = none; due_to_me = false }
}

/* Statements whose sender has died or given up. */
proctype database(byte i) {
  mtype unheard = none;
end:
  do
  :: atomic { stray[i] -> stray[i] = false; tx1(i, unheard); unheard = none }
  :: stray[i] -> stray[i] = false
  od
}

/* The payment provider, another party: decides a payment once, by its id; a charge may reach it more than once. */
proctype provider(byte i) {
end:
  do
  :: atomic { charge_sent[i] && ledger[i] == none -> ledger[i] = charged; charges[i]++ }
  :: atomic { charge_sent[i] && ledger[i] == none -> ledger[i] = declined }
#ifdef CHARGES_TWICE
  :: atomic { charge_sent[i] && ledger[i] == charged && charges[i] < 2 -> charges[i]++ }
#endif
  :: charge_sent[i] -> charge_sent[i] = false                /* lost, or heard for the last time */
  od
}

inline close(i) {
#ifndef FIND
  d_step { if :: ledger[i] == none -> ledger[i] = closed :: else fi }
#else
  skip
#endif
}

#ifdef FORGETS
#define LOOKS_AT(i) ((OPEN(i) && order[i] == pending) || payment[i] == refund_pending)
#else
#define LOOKS_AT(i) (OPEN(i) || payment[i] == refund_pending)
#endif

/* resolve.ts: of any node, or of a repeat of the request that found the order due. */
proctype resolver(byte i) {
  mtype claim = none; mtype news = none;
  bool due_to_me = false;
end:
  do
  :: atomic { LOOKS_AT(i) ->                                 /* claim_payments.sql */
       claim = payment[i];
       if :: claim == processing -> payment[i] = unknown :: else fi }
     if
     :: claim == refund_pending ->
          give_back(i);
          if
          :: goto over                                       /* died, or the answer was lost */
          :: d_step { if :: payment[i] == refund_pending -> payment[i] = refunded :: else fi } /* finish_refund.sql */
          fi
     :: claim != refund_pending ->
          if
          :: atomic { close(i); news = ledger[i];
               if :: news == none -> news = closed :: else fi } /* only FIND can find nothing */
          :: close(i); news = unknown                        /* the answer is lost */
          :: news = unknown                                  /* the provider is away */
          fi;
#ifndef CALM
          if
          :: news == unknown -> news = given_up
          :: skip
          fi;
#endif
          if
          :: goto over
          :: news != unknown -> tx2(i, news)
          fi;
          refund_myself(i)
     fi;
over:
     atomic { claim = none; news = none; due_to_me = false }
  od
}

/* cancel_order.sql: once, at any time, or never. */
proctype customer(byte i) {
  bool due_to_me = false;
  if
#ifndef CALM
  :: d_step { order[i] == pending ->
       reserved--; quantity++;
       order[i] = cancelled; hold[i] = released; payment[i] = unknown }
  :: d_step { order[i] == confirmed ->
       sold--; quantity++;
       order[i] = cancelled; owe(i) }
     refund_myself(i)
#endif
  :: skip
  fi;
over:
  skip
}

#ifdef EXPIRES_BY_TIME
/* An expiry that does not ask the provider. */
proctype sweeper(byte i) {
end:
  d_step { order[i] == pending ->
    reserved--; quantity++;
    order[i] = cancelled; hold[i] = released; payment[i] = failed }
}
#endif

#define STOCK_IS_WHOLE (quantity <= UNITS && reserved <= UNITS && sold <= UNITS && quantity + reserved + sold == UNITS)

#define FITS(i) ( \
  charges[i] <= 1 && refunds[i] <= charges[i] && \
  (order[i] == none) == (hold[i] == none) && \
  (order[i] == pending) == (hold[i] == held) && \
  (order[i] != pending || OPEN(i)) && \
  (order[i] != confirmed || (hold[i] == committed && payment[i] == succeeded && charges[i] == 1 && refunds[i] == 0)) && \
  (hold[i] != committed || charges[i] == 1))

#if N == 1
#define ALL_FIT FITS(0)
#elif N == 2
#define ALL_FIT (FITS(0) && FITS(1))
#else
#define ALL_FIT (FITS(0) && FITS(1) && FITS(2))
#endif

#if N == 1
#define ONE_PURCHASE true
#elif defined(SAME_KEY)
#define ONE_PURCHASE (order[0] == none || order[1] == none)
#elif defined(SAME_CART)
#define ONE_PURCHASE (!LIVE(0) || !LIVE(1))
#else
#define ONE_PURCHASE true
#endif

/* What holds in every state. */
proctype always() {
end:
  do
  :: atomic { !STOCK_IS_WHOLE -> assert(STOCK_IS_WHOLE) }
  :: atomic { !ALL_FIT -> assert(ALL_FIT) }
  :: atomic { !ONE_PURCHASE -> assert(ONE_PURCHASE) }
  od
}

init {
  byte i = 0; byte n;
  atomic {
    run always();
    for (i : 0 .. N - 1) {
      run request(i); run database(i); run provider(i); run customer(i);
#ifdef EXPIRES_BY_TIME
      run sweeper(i);
#endif
      for (n : 1 .. RESOLVERS) { run resolver(i) }
    }
  }
  /* What holds when nothing can move any more: every order has ended, and the money is where the orders are. */
  timeout;
  d_step {
    for (i : 0 .. N - 1) {
      assert(order[i] != pending && !OPEN(i) && payment[i] != refund_pending);
      assert(order[i] != cancelled || charges[i] == refunds[i]);
      assert(order[i] != none || charges[i] == 0)
    }
    assert(reserved == 0)
  }
}
