//! What waits to be sent to a client, whichever transport takes it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use engineioxide_core::{Packet, PacketBuf};
use tokio::sync::mpsc::error::TrySendError;

/// A bounded queue that holds no memory while it is empty.
///
/// A [`tokio::sync::mpsc`] channel keeps room for 32 [`PacketBuf`]s, which is more than 5 kB for every
/// connection, idle or not.
///
/// There is one reader at a time: whoever holds the lock [`Socket::reading`](crate::Socket).
#[derive(Debug)]
pub(crate) struct Outbox {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<PacketBuf>,
    /// Places that have been promised to permits.
    promised: usize,
    /// Goes out when nothing else waits. Only the latest is kept.
    volatile: Option<Box<PacketBuf>>,
    reader: Option<Waker>,
    /// Nothing is taken any more; what waits can still be read.
    closed: bool,
}

impl Outbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What finds no place goes back to the sender.
    #[allow(clippy::result_large_err)]
    pub(crate) fn try_send(&self, packets: PacketBuf) -> Result<(), TrySendError<PacketBuf>> {
        let mut state = self.state();
        if state.closed {
            return Err(TrySendError::Closed(packets));
        }
        if state.waiting.len() + state.promised >= self.capacity {
            return Err(TrySendError::Full(packets));
        }
        state.waiting.push_back(packets);
        wake(state);
        Ok(())
    }

    /// Promises a place: [`Outbox::fulfil`] has to follow.
    pub(crate) fn try_reserve(&self) -> Result<(), TrySendError<()>> {
        let mut state = self.state();
        if state.closed {
            return Err(TrySendError::Closed(()));
        }
        if state.waiting.len() + state.promised >= self.capacity {
            return Err(TrySendError::Full(()));
        }
        state.promised += 1;
        Ok(())
    }

    /// Puts something, or nothing, in a promised place.
    pub(crate) fn fulfil(&self, packets: Option<PacketBuf>) {
        let mut state = self.state();
        state.promised -= 1;
        if let Some(packets) = packets
            && !state.closed
        {
            state.waiting.push_back(packets);
            wake(state);
        }
    }

    /// False if the outbox is closed.
    pub(crate) fn send_volatile(&self, packets: PacketBuf) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        state.volatile = Some(Box::new(packets));
        wake(state);
        true
    }

    /// Returns something that could not be sent after all: it comes first the next time.
    pub(crate) fn put_back(&self, packets: PacketBuf) {
        self.state().waiting.push_front(packets);
    }

    /// What comes next; volatile packets after all others.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<PacketBuf> {
        let mut state = self.state();
        if let Some(packets) = state.take() {
            return Poll::Ready(packets);
        }
        if let Some(packets) = state.volatile.take() {
            return Poll::Ready(*packets);
        }
        match &mut state.reader {
            Some(reader) => reader.clone_from(cx.waker()),
            None => state.reader = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// What comes next, without waiting and without what is volatile.
    pub(crate) fn take(&self) -> Option<PacketBuf> {
        self.state().take()
    }

    pub(crate) fn next_is_close(&self) -> bool {
        let state = self.state();
        matches!(
            state.waiting.front().map(|packets| &packets[..]),
            Some([Packet::Close])
        )
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.state().waiting.is_empty()
    }

    /// Takes nothing any more. False if it was closed before.
    pub(crate) fn close(&self) -> bool {
        !std::mem::replace(&mut self.state().closed, true)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }
}

impl State {
    fn take(&mut self) -> Option<PacketBuf> {
        let packets = self.waiting.pop_front();
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        packets
    }
}

/// Wakes the reader, not under the lock: it would only run into it.
fn wake(mut state: MutexGuard<'_, State>) {
    let reader = state.reader.take();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt;
    use smallvec::smallvec;

    use super::*;

    fn message(word: &'static str) -> PacketBuf {
        smallvec![Packet::Message(word.into())]
    }

    fn next(outbox: &Outbox) -> Option<PacketBuf> {
        poll_fn(|cx| outbox.poll_next(cx)).now_or_never()
    }

    #[test]
    fn what_is_promised_counts_as_taken() {
        let outbox = Outbox::new(2);
        outbox.try_reserve().unwrap();
        outbox.try_send(message("a")).unwrap();
        assert!(matches!(outbox.try_reserve(), Err(TrySendError::Full(()))));
        assert!(matches!(
            outbox.try_send(message("b")),
            Err(TrySendError::Full(_))
        ));
        outbox.fulfil(None);
        outbox.try_send(message("b")).unwrap();
        assert_eq!(next(&outbox), Some(message("a")));
        outbox.put_back(message("a"));
        assert_eq!(next(&outbox), Some(message("a")));
        assert_eq!(next(&outbox), Some(message("b")));
        assert_eq!(next(&outbox), None);
    }

    #[test]
    fn the_latest_volatile_packets_go_out_after_all_others() {
        let outbox = Outbox::new(2);
        assert!(outbox.send_volatile(message("old")) && outbox.send_volatile(message("new")));
        outbox.try_send(message("a")).unwrap();
        assert_eq!(next(&outbox), Some(message("a")));
        assert_eq!(next(&outbox), Some(message("new")));
        assert_eq!(next(&outbox), None);
    }

    #[test]
    fn what_waits_can_be_read_after_the_end() {
        let outbox = Outbox::new(2);
        outbox.try_reserve().unwrap();
        outbox.try_send(message("a")).unwrap();
        assert!(outbox.close() && !outbox.close());
        outbox.fulfil(Some(message("b")));
        assert!(matches!(
            outbox.try_send(message("c")),
            Err(TrySendError::Closed(_))
        ));
        assert!(!outbox.send_volatile(message("d")));
        assert_eq!(next(&outbox), Some(message("a")));
        assert!(outbox.is_empty());
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken() {
        let outbox = std::sync::Arc::new(Outbox::new(1));
        let reader = tokio::spawn({
            let outbox = outbox.clone();
            async move { poll_fn(|cx| outbox.poll_next(cx)).await }
        });
        tokio::task::yield_now().await;
        outbox.try_send(message("a")).unwrap();
        assert_eq!(reader.await.unwrap(), message("a"));
    }
}
