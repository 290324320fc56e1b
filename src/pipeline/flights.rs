//! Segments that are being translated right now: the same text in two units is sent once.
//!
//! Place in the data way: between the memory lookup and the request.
//! It must never make a unit wait before it has sent its own segments: that is what keeps units from waiting in a ring.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::model::key::Key;

/// What a flight brings: the accepted text, or `None` where it was not accepted.
type Landing = Option<String>;

/// The flights under way.
#[derive(Debug, Clone, Default)]
pub struct Flights {
    under_way: Arc<Mutex<HashMap<Key, watch::Receiver<Option<Landing>>>>>,
}

/// A flight of one's own, to be kept until its text is stored: who comes later finds it here or in the memory. Dropped
/// without landing (an error, a stop), it tells those who wait that nothing came.
#[derive(Debug)]
pub struct Flight {
    key: Key,
    flights: Flights,
    landing: watch::Sender<Option<Landing>>,
}

/// Somebody else's flight.
#[derive(Debug)]
pub struct Awaited(watch::Receiver<Option<Landing>>);

impl Flights {
    /// Begins a flight for `key`, or finds the one that is under way.
    pub fn begin(&self, key: Key) -> Result<Flight, Awaited> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(receiver) = under_way.get(&key) {
            return Err(Awaited(receiver.clone()));
        }
        let (landing, receiver) = watch::channel(None);
        under_way.insert(key, receiver);
        Ok(Flight { key, flights: self.clone(), landing })
    }
}

impl Flight {
    /// Tells those who wait, and those who come later.
    pub fn land(&self, text: Option<&str>) {
        self.landing.send_replace(Some(text.map(str::to_owned)));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Awaited {
    /// Waits for the other unit's text.
    pub async fn landing(mut self) -> Option<String> {
        match self.0.wait_for(Option::is_some).await {
            Ok(landing) => landing.clone().flatten(),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_asker_gets_what_the_first_one_brings() {
        let flights = Flights::default();
        let first = flights.begin(Key::of(["a"])).unwrap();
        let second = flights.begin(Key::of(["a"])).unwrap_err();
        first.land(Some("flood"));
        assert_eq!(second.landing().await.as_deref(), Some("flood"));
        let late = flights.begin(Key::of(["a"])).unwrap_err();
        assert_eq!(late.landing().await.as_deref(), Some("flood"), "until the text is stored");
        drop(first);
        assert!(flights.begin(Key::of(["a"])).is_ok(), "a stored flight makes room for the next");
    }

    #[tokio::test]
    async fn a_flight_that_is_given_up_lets_the_waiting_go_on() {
        let flights = Flights::default();
        let first = flights.begin(Key::of(["a"])).unwrap();
        let second = flights.begin(Key::of(["a"])).unwrap_err();
        drop(first);
        assert_eq!(second.landing().await, None);
    }
}
