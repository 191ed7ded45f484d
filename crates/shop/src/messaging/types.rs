//! The nouns of chat: conversations, their two sides, messages and what is said about them.

use std::str::FromStr;

use units::Money;

use crate::accounts::UserId;
use crate::catalog::{ProductId, StoreId, StoreSummary};

units::id! {
    /// A row of `conversations`.
    ConversationId,
    /// A row of `messages`.
    MessageId,
}

/// Declares an enum of stored words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().find(|known| known.as_str() == word).copied().ok_or_else(|| UnknownWord(word.to_owned()))
            }
        }
    };
}

words! {
    /// Which of the two parties.
    Side {
        /// Who asks the store.
        Buyer = "buyer",
        /// The store's owner.
        Store = "store",
    }
}

words! {
    /// What a message's content is.
    Kind {
        /// Words, shown as written: nothing in them is interpreted.
        Text = "text",
        /// The address of a picture of ours, `/media/…`.
        Image = "image",
        /// The id of one of the store's products.
        Product = "product",
    }
}

words! {
    /// What one may answer a message with.
    Emoji {
        /// Agreed.
        Like = "👍",
        /// Loved.
        Love = "❤️",
        /// Funny.
        Laugh = "😂",
        /// Astonished.
        Wow = "😮",
        /// Sad.
        Sad = "😢",
        /// Thanks.
        Thanks = "🙏",
    }
}

words! {
    /// Why a conversation is brought before an admin.
    Reason {
        /// Advertising that nobody asked for.
        Spam = "spam",
        /// Insults or threats.
        Abuse = "abuse",
        /// An attempt to cheat, or to be paid outside of the marketplace.
        Fraud = "fraud",
        /// Anything else, said in the details.
        Other = "other",
    }
}

/// A word that is none of its set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of the known words")]
pub struct UnknownWord(pub String);

/// What a conversation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The store itself.
    Store(StoreId),
    /// One of its products.
    Product(ProductId),
}

/// The product a conversation is about.
#[derive(Clone, Debug)]
pub struct SubjectProduct {
    /// Product.
    pub id: ProductId,
    /// Display name.
    pub name: String,
    /// File of the first picture below `/media/`, or empty.
    pub image: String,
    /// Price of a variant without one of its own.
    pub price: Money,
}

/// A conversation as one of its two parties sees it. Of the other party there is a name, of the store its public profile, and nothing
/// else of anybody's account.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Row id.
    pub id: ConversationId,
    /// The viewer's own side.
    pub side: Side,
    /// The store as everybody sees it.
    pub store: StoreSummary,
    /// What it is about; `None` for the store itself.
    pub product: Option<SubjectProduct>,
    /// The other party's account, for asking whether they are there; not shown.
    pub other: UserId,
    /// The buyer's name, or the store's.
    pub other_name: String,
    /// Messages so far.
    pub last_seq: i64,
    /// How far the viewer has read.
    pub read_seq: i64,
    /// How far the other has read.
    pub other_read_seq: i64,
    /// The viewer takes no messages from the other.
    pub blocked_by_me: bool,
    /// The other takes no messages from the viewer.
    pub blocked_by_other: bool,
    /// The last message, if there is one.
    pub last: Option<LastMessage>,
    /// Unix milliseconds of the last message, else of the opening.
    pub last_at: i64,
    /// Unix milliseconds.
    pub created_at: i64,
}

impl Conversation {
    /// Messages the viewer has not read. Who writes has read what was there.
    pub fn unread(&self) -> i64 {
        (self.last_seq - self.read_seq).max(0)
    }

    /// Nobody can write while either party has blocked the other.
    pub fn is_blocked(&self) -> bool {
        self.blocked_by_me || self.blocked_by_other
    }
}

/// What a list shows of a conversation's last message.
#[derive(Clone, Debug)]
pub struct LastMessage {
    /// Did the viewer write it?
    pub mine: bool,
    /// What the content is.
    pub kind: Kind,
    /// As written.
    pub content: String,
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Row id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// Its place there: 1, 2, 3, …
    pub seq: i64,
    /// Who said it.
    pub sender: UserId,
    /// For which party.
    pub side: Side,
    /// What the content is.
    pub kind: Kind,
    /// As written.
    pub content: String,
    /// The client's own id of it.
    pub client_id: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// At most one a party.
    pub reactions: Vec<Reaction>,
}

impl Message {
    /// What a notice says of it. Pictures and products are shown by their signs; words are for the pages.
    pub fn preview(&self) -> String {
        match self.kind {
            Kind::Text => self.content.clone(),
            Kind::Image => "📷".into(),
            Kind::Product => "🧵".into(),
        }
    }
}

/// What somebody answered a message with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Who.
    pub user: UserId,
    /// With what.
    pub emoji: Emoji,
}

/// A part of a conversation.
#[derive(Clone, Debug)]
pub struct History {
    /// In their order.
    pub messages: Vec<Message>,
    /// There are more in the direction that was asked for.
    pub more: bool,
}

/// Which part of a conversation to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The end of it.
    Latest,
    /// What came before a message.
    Before(i64),
    /// What came after a message, oldest first: what a client missed.
    After(i64),
}

/// A message to be sent, as its sender gives it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Where.
    pub conversation: ConversationId,
    /// One of [`Kind`]'s words.
    pub kind: String,
    /// 1 to 4000 characters after trimming.
    pub content: String,
    /// Up to 64 visible ASCII characters. A message with the same one from the same sender in the same conversation is that message.
    pub client_id: Option<String>,
}
