//! Policy layers: each is a plain struct around a backend and does one thing.
//!
//! Place in the data way: [`super::stack`] nests them, outermost first: retry → breaker → limit → timeout → client.
//! They must never read a request's words, and never sleep while holding what another call could use.
//!
//! [`record`] and [`fault`] stand deeper, around the transport: they are for tests and rehearsals.

pub mod breaker;
pub mod fault;
pub mod limit;
pub mod pace;
pub mod permits;
pub mod record;
pub mod retry;
pub mod timeout;

#[cfg(test)]
mod testing;
