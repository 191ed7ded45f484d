//! Who is listening where, and that each conversation is heard in its order.
//!
//! Messages get their numbers in the database, but those who stored two of them may come here in the other order, or from another
//! process. So a room remembers how far it has been told: the next number is passed on at once, an earlier one has been, and a gap is
//! read from the database first. That makes the order a matter of one place, whoever brings the news.
//!
//! With several replicas a [`Transport`] also tells the others "conversation 7 has got as far as 42", and each of them calls
//! [`Hub::deliver`] for the listeners of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{ConversationId, Emoji, Message, MessageId, MessagingError, Side};
use crate::accounts::UserId;

/// What listeners are told.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody said something.
    Message(Message),
    /// A party has read up to a message.
    Read {
        /// Where.
        conversation: ConversationId,
        /// Who.
        user: UserId,
        /// Which party.
        side: Side,
        /// Up to which message.
        seq: i64,
    },
    /// Somebody answered a message with an emoji, or took it back.
    Reaction {
        /// Where.
        conversation: ConversationId,
        /// To which.
        message: MessageId,
        /// Its place.
        seq: i64,
        /// Who.
        user: UserId,
        /// With what; `None` takes it back.
        emoji: Option<Emoji>,
    },
    /// Somebody is writing, or has stopped.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        user: UserId,
        /// Still?
        typing: bool,
    },
    /// A party has come, or gone.
    Presence {
        /// Where.
        conversation: ConversationId,
        /// Who.
        user: UserId,
        /// Come?
        online: bool,
    },
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Room {
    /// Those who have joined a conversation.
    Conversation(ConversationId),
    /// Those who watch their list of conversations.
    Inbox(UserId),
}

/// What carries events to listeners. In one process that is the socket server; several replicas put Redis between.
#[async_trait::async_trait]
pub trait Transport: std::fmt::Debug + Send + Sync {
    /// Hands the event to everybody in the room; in the order of the calls, for one room.
    fn emit(&self, room: Room, event: &Event);

    /// Takes leave of every listener, and returns when they are gone.
    async fn close(&self);
}

/// One a process, held by the [`App`](crate::App).
#[derive(Debug, Default)]
pub struct Hub {
    transport: OnceLock<Arc<dyn Transport>>,
    rooms: Mutex<HashMap<ConversationId, Listeners>>,
}

/// The listeners to one conversation. There is an entry as long as there is one of them.
#[derive(Debug, Default)]
struct Listeners {
    told: Arc<Told>,
    /// Sockets a user.
    sockets: HashMap<UserId, usize>,
}

/// How far a room has been told; `None` until its first listener is in. Held while telling, and while somebody enters.
type Told = tokio::sync::Mutex<Option<i64>>;

impl Hub {
    /// Sets what carries the events, once; before that nobody listens.
    pub fn connect(&self, transport: Arc<dyn Transport>) {
        if self.transport.set(transport).is_err() {
            tracing::warn!("chat had a transport already");
        }
    }

    /// Tells everybody in a room.
    pub fn tell(&self, room: Room, event: &Event) {
        if let Some(transport) = self.transport.get() {
            transport.emit(room, event);
        }
    }

    /// Takes leave of every listener: before the process ends.
    pub async fn close(&self) {
        if let Some(transport) = self.transport.get() {
            transport.close().await;
        }
    }

    /// Is somebody listening to the conversation for this user?
    pub fn is_present(&self, conversation: ConversationId, user: UserId) -> bool {
        self.rooms()
            .get(&conversation)
            .is_some_and(|room| room.sockets.contains_key(&user))
    }

    /// Brings the listeners up to `message`, each message once and in order. `missing` reads those after one number up to another.
    pub(super) async fn deliver(
        &self,
        message: &Message,
        missing: impl AsyncFnOnce(i64, i64) -> Result<Vec<Message>, MessagingError>,
    ) -> Result<(), MessagingError> {
        let room = self.rooms().get(&message.conversation).map(|room| room.told.clone());
        let Some(room) = room else { return Ok(()) };
        let mut told = room.lock().await;
        let Some(last) = *told else { return Ok(()) };
        let news = match message.seq - last {
            ..=0 => return Ok(()),
            1 => vec![message.clone()],
            _ => missing(last, message.seq).await?,
        };
        for message in news {
            *told = Some(message.seq);
            self.tell(Room::Conversation(message.conversation), &Event::Message(message));
        }
        Ok(())
    }

    /// Lets a socket of the user in. `enter` learns how far the room has been told, and makes the socket a listener: what comes after
    /// that it will hear, once. `last_seq` reads how far the conversation has got.
    pub(super) async fn join<T>(
        &self,
        conversation: ConversationId,
        user: UserId,
        last_seq: impl AsyncFnOnce() -> Result<i64, MessagingError>,
        enter: impl AsyncFnOnce(i64) -> Result<T, MessagingError>,
    ) -> Result<T, MessagingError> {
        let (room, first) = {
            let mut rooms = self.rooms();
            let room = rooms.entry(conversation).or_default();
            let sockets = room.sockets.entry(user).or_insert(0);
            *sockets += 1;
            (room.told.clone(), *sockets == 1)
        };
        let entered = async {
            let mut told = room.lock().await;
            let last = match *told {
                Some(last) => last,
                None => *told.insert(last_seq().await?),
            };
            enter(last).await
        };
        let entered = entered.await;
        match &entered {
            Ok(_) if first => self.presence(conversation, user, true),
            Ok(_) => {}
            Err(_) => drop(self.remove(conversation, user)),
        }
        entered
    }

    /// A socket of the user has left.
    pub fn leave(&self, conversation: ConversationId, user: UserId) {
        if self.remove(conversation, user) {
            self.presence(conversation, user, false);
        }
    }

    /// True if it was the user's last socket there.
    fn remove(&self, conversation: ConversationId, user: UserId) -> bool {
        let mut rooms = self.rooms();
        let Some(room) = rooms.get_mut(&conversation) else {
            return false;
        };
        let Some(sockets) = room.sockets.get_mut(&user) else {
            return false;
        };
        *sockets -= 1;
        if *sockets > 0 {
            return false;
        }
        room.sockets.remove(&user);
        if room.sockets.is_empty() {
            rooms.remove(&conversation);
        }
        true
    }

    fn presence(&self, conversation: ConversationId, user: UserId, online: bool) {
        let event = Event::Presence {
            conversation,
            user,
            online,
        };
        self.tell(Room::Conversation(conversation), &event);
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<ConversationId, Listeners>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messaging::Kind;

    const HERE: ConversationId = ConversationId(1);
    const ANA: UserId = UserId(1);

    /// Notes the numbers of the messages that are told.
    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<i64>>);

    #[async_trait::async_trait]
    impl Transport for Heard {
        async fn close(&self) {}

        fn emit(&self, _: Room, event: &Event) {
            if let Event::Message(message) = event {
                self.0.lock().unwrap().push(message.seq);
            }
        }
    }

    fn message(seq: i64) -> Message {
        Message {
            id: MessageId(seq),
            conversation: HERE,
            seq,
            sender: ANA,
            side: Side::Buyer,
            kind: Kind::Text,
            content: String::new(),
            client_id: None,
            created_at: 0,
            reactions: Vec::new(),
        }
    }

    async fn stored(after: i64, until: i64) -> Result<Vec<Message>, MessagingError> {
        Ok((after + 1..=until).map(message).collect())
    }

    #[tokio::test]
    async fn listeners_hear_every_message_once_and_in_order() {
        let (hub, heard) = (Hub::default(), Arc::new(Heard::default()));
        hub.connect(heard.clone());
        hub.deliver(&message(3), stored).await.unwrap();
        let told = hub
            .join(HERE, ANA, async || Ok(3), async |last| Ok(last))
            .await
            .unwrap();
        assert_eq!(told, 3, "what was said before is history");
        for seq in [3, 4, 7, 5, 6, 8] {
            hub.deliver(&message(seq), stored).await.unwrap();
        }
        assert_eq!(*heard.0.lock().unwrap(), [4, 5, 6, 7, 8]);
    }

    #[tokio::test]
    async fn a_room_lasts_as_long_as_somebody_is_in_it() {
        let hub = Hub::default();
        for last in [1, 9] {
            hub.join(HERE, ANA, async || Ok(last), async |_| Ok(())).await.unwrap();
        }
        let refused = hub
            .join(
                HERE,
                UserId(2),
                async || Ok(1),
                async |_| Err::<(), _>(MessagingError::NotFound),
            )
            .await;
        assert!(refused.is_err() && !hub.is_present(HERE, UserId(2)));
        hub.leave(HERE, ANA);
        assert!(hub.is_present(HERE, ANA), "on another device");
        hub.leave(HERE, ANA);
        hub.leave(HERE, ANA);
        assert!(!hub.is_present(HERE, ANA) && hub.rooms().is_empty());
    }
}
