//! All text that users see: Mexican Spanish with English beside it, a file a family of pages.

mod account;
mod addresses;
mod admin;
mod analytics;
mod buyer;
mod catalog;
mod chat;
mod common;
mod info;
pub mod mail;
mod nearby;
mod notifications;
mod orders;
mod plural;
mod search;
mod seller;

pub use account::Account;
pub use addresses::Addresses;
pub use admin::Admin;
pub use analytics::Analytics;
pub use buyer::Buyer;
pub use catalog::Catalog;
pub use chat::Chat;
pub use common::Common;
pub use info::{Info, Section};
pub use nearby::Nearby;
pub use notifications::Notifications;
pub use orders::Orders;
pub use search::Search;
pub use seller::Seller;

use time::{Month, OffsetDateTime, UtcOffset};

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Spanish of Mexico.
    #[default]
    Es,
    /// English.
    En,
}

/// Every text, by family.
#[derive(Debug)]
pub struct Texts {
    /// Header, footer, notices, errors.
    pub common: Common,
    /// Products, stores, cart.
    pub catalog: Catalog,
    /// Sign-in, registration, profile.
    pub account: Account,
    /// Conversations.
    pub chat: Chat,
    /// Checkout and orders.
    pub orders: Orders,
    /// Favourites and ratings.
    pub buyer: Buyer,
    /// About, terms, privacy.
    pub info: Info,
    /// What people are told.
    pub notifications: Notifications,
    /// Looking for products.
    pub search: Search,
    /// Stores by distance, and maps.
    pub nearby: Nearby,
    /// What stores sold.
    pub analytics: Analytics,
    /// Pages of admins.
    pub admin: Admin,
    /// The seller's dashboard.
    pub seller: Seller,
    /// The address book.
    pub addresses: Addresses,
}

static ES: Texts = Texts {
    common: Common::ES,
    catalog: Catalog::ES,
    chat: Chat::ES,
    account: Account::ES,
    orders: Orders::ES,
    buyer: Buyer::ES,
    info: Info::ES,
    notifications: Notifications::ES,
    search: Search::ES,
    nearby: Nearby::ES,
    analytics: Analytics::ES,
    admin: Admin::ES,
    seller: Seller::ES,
    addresses: Addresses::ES,
};
static EN: Texts = Texts {
    common: Common::EN,
    catalog: Catalog::EN,
    chat: Chat::EN,
    account: Account::EN,
    orders: Orders::EN,
    buyer: Buyer::EN,
    info: Info::EN,
    notifications: Notifications::EN,
    search: Search::EN,
    nearby: Nearby::EN,
    analytics: Analytics::EN,
    admin: Admin::EN,
    seller: Seller::EN,
    addresses: Addresses::EN,
};

/// Declares a family of texts: `name: "español", "English";`.
macro_rules! texts {
    ($(#[$doc:meta])* $family:ident { $($key:ident: $es:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $family { $(#[doc = $en] pub $key: &'static str),* }

        impl $family {
            pub(super) const ES: Self = Self { $($key: $es),* };
            pub(super) const EN: Self = Self { $($key: $en),* };
        }
    };
}
pub(crate) use texts;

impl Lang {
    /// The texts of this language.
    pub fn texts(self) -> &'static Texts {
        match self {
            Self::Es => &ES,
            Self::En => &EN,
        }
    }

    /// BCP 47 tag for `lang` attributes.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Es => "es-MX",
            Self::En => "en",
        }
    }

    /// The word kept in the cookie.
    pub fn word(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
        }
    }

    /// Is it English?
    pub fn is_english(self) -> bool {
        self == Self::En
    }

    /// The language a cookie names.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "es" => Some(Self::Es),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The better liked of ours after `Accept-Language` (RFC 9110, 12.5.4); Spanish when it does not say.
    pub fn negotiate(accept: &str) -> Self {
        let liking = |language: &str| {
            accept
                .split(',')
                .filter_map(|range| {
                    let mut parts = range.split(';');
                    let tag = parts.next()?.trim().to_ascii_lowercase();
                    let named = tag == language || tag.strip_prefix(language).is_some_and(|rest| rest.starts_with('-'));
                    let quality = parts
                        .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
                        .unwrap_or(1.0);
                    named.then_some(quality)
                })
                .fold(0.0_f32, f32::max)
        };
        if liking("en") > liking("es") {
            Self::En
        } else {
            Self::Es
        }
    }

    /// Name of a category of the catalogue.
    pub fn category(self, key: &str) -> &'static str {
        crate::catalog::CATEGORIES
            .iter()
            .find(|(known, _, _)| *known == key)
            .map_or("", |(_, es, en)| if self.is_english() { en } else { es })
    }

    /// A moment as people in central Mexico write it: `24 de noviembre de 2026, 14:05`. `ms` is unix time.
    pub fn moment(self, ms: impl std::borrow::Borrow<i64>) -> String {
        // Central Mexico keeps UTC-6 all year since 2022.
        let zone = UtcOffset::from_hms(-6, 0, 0).unwrap_or(UtcOffset::UTC);
        let at = OffsetDateTime::from_unix_timestamp(ms.borrow().div_euclid(1_000))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(zone);
        let month = self.month(at.month());
        match self {
            Self::Es => format!(
                "{} de {month} de {}, {}:{:02}",
                at.day(),
                at.year(),
                at.hour(),
                at.minute()
            ),
            Self::En => format!("{month} {}, {}, {}:{:02}", at.day(), at.year(), at.hour(), at.minute()),
        }
    }

    /// A day as people in central Mexico write it: `24 de noviembre de 2026`. `ms` is unix time.
    pub fn day(self, ms: impl std::borrow::Borrow<i64>) -> String {
        let moment = self.moment(ms);
        moment
            .rsplit_once(", ")
            .map_or_else(String::new, |(day, _)| day.to_owned())
    }

    /// A day as tables show it: `24 nov 2026`.
    pub fn short_day(self, date: impl std::borrow::Borrow<time::Date>) -> String {
        let date = date.borrow();
        // Every name of a month here begins with letters of one byte.
        let month = &self.month(date.month())[..3];
        match self {
            Self::Es => format!("{} {month} {}", date.day(), date.year()),
            Self::En => format!("{month} {}, {}", date.day(), date.year()),
        }
    }

    /// A moment in few letters, for lists: `14:05` on the day itself, else `24 nov`, and the year when it is another. Unix times.
    pub fn brief(self, ms: i64, now_ms: i64) -> String {
        let local = |ms: i64| {
            OffsetDateTime::from_unix_timestamp(ms.div_euclid(1_000))
                .unwrap_or(OffsetDateTime::UNIX_EPOCH)
                .to_offset(UtcOffset::from_hms(-6, 0, 0).unwrap_or(UtcOffset::UTC))
        };
        let (at, now) = (local(ms), local(now_ms));
        if at.date() == now.date() {
            return format!("{}:{:02}", at.hour(), at.minute());
        }
        let month: String = self.month(at.month()).chars().take(3).collect();
        let year = if at.year() == now.year() {
            String::new()
        } else {
            format!(" {}", at.year())
        };
        match self {
            Self::Es => format!("{} {month}{year}", at.day()),
            Self::En => format!("{month} {}{year}", at.day()),
        }
    }

    fn month(self, month: Month) -> &'static str {
        const NAMES: [(&str, &str); 12] = [
            ("enero", "January"),
            ("febrero", "February"),
            ("marzo", "March"),
            ("abril", "April"),
            ("mayo", "May"),
            ("junio", "June"),
            ("julio", "July"),
            ("agosto", "August"),
            ("septiembre", "September"),
            ("octubre", "October"),
            ("noviembre", "November"),
            ("diciembre", "December"),
        ];
        let (es, en) = NAMES[usize::from(u8::from(month)) - 1];
        if self.is_english() { en } else { es }
    }
}

/// Puts `value` where a text says `{name}`.
pub fn fill(text: &str, name: &str, value: impl std::fmt::Display) -> String {
    text.replace(&format!("{{{name}}}"), &value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_liked_language_is_chosen() {
        for (accept, lang) in [
            ("", Lang::Es),
            ("es-MX,es;q=0.9,en;q=0.8", Lang::Es),
            ("en-US,en;q=0.9", Lang::En),
            ("de,en;q=0.5,es;q=0.6", Lang::Es),
            ("fr", Lang::Es),
            ("EN", Lang::En),
            ("*;q=rubbish,,;;", Lang::Es),
        ] {
            assert_eq!(Lang::negotiate(accept), lang, "{accept}");
        }
    }

    #[test]
    fn moments_are_written_in_the_time_of_central_mexico() {
        assert_eq!(Lang::Es.moment(1_795_550_700_000), "24 de noviembre de 2026, 14:05");
        assert_eq!(Lang::En.moment(1_795_550_700_000), "November 24, 2026, 14:05");
    }

    #[test]
    fn lists_say_when_in_few_letters() {
        let (at, day) = (1_795_550_700_000, 86_400_000);
        assert_eq!(Lang::Es.brief(at, at + 1), "14:05");
        assert_eq!(Lang::Es.brief(at, at + day), "24 nov");
        assert_eq!(Lang::En.brief(at, at + day), "Nov 24");
        assert_eq!(Lang::Es.brief(at, at + 60 * day), "24 nov 2026");
    }

    #[test]
    fn every_category_has_its_name() {
        assert_eq!(Lang::Es.category("sueteres"), "Suéteres");
        assert_eq!(Lang::En.category("sueteres"), "Sweaters");
        assert_eq!(Lang::En.category("zapatos"), "");
    }
}
