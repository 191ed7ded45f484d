//! What every page shows around its content, and who looks at it.

use std::collections::HashSet;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::preferences::{Theme, language_of};
use crate::App;
use crate::accounts::{Role, WebIdentity};
use crate::cart::{self, Owner};
use crate::catalog::ProductId;
use crate::favorites;
use crate::messaging;
use crate::notifications;
use crate::texts::{Lang, Texts, fill};
use crate::web::Problem;
use crate::web::session::{NextPath, WebSession};

/// Header and footer of a page.
pub(super) struct Shell {
    pub(super) lang: Lang,
    pub(super) t: &'static Texts,
    pub(super) theme: Theme,
    /// Path and query of this page, to come back to.
    pub(super) here: String,
    /// What the search field shows.
    pub(super) search: String,
    /// The signed-in user.
    pub(super) user_id: Option<i64>,
    /// Products with a full heart; read by [`fill_hearts`](Self::fill_hearts).
    pub(super) hearts: HashSet<i64>,
    /// What the header shows of the signed-in user.
    pub(super) user: Option<HeaderUser>,
    pub(super) cart_units: i64,
    /// For forms; empty on pages without a session.
    pub(super) csrf: String,
    pub(super) notice: Option<Notice>,
    /// Signed in with an e-mail that is not proven yet.
    pub(super) unverified: bool,
    /// The category being looked at.
    pub(super) category: String,
}

/// The signed-in visitor, as the header shows them.
pub(super) struct HeaderUser {
    pub(super) name: String,
    role: Role,
    /// Conversations with something unread.
    pub(super) messages: i64,
    /// Unread notifications.
    pub(super) notifications: i64,
}

impl HeaderUser {
    async fn read(app: &App, user: &WebIdentity) -> Result<Self, Problem> {
        let id = user.identity.user_id;
        let (messages, notifications) = tokio::join!(messaging::unread(app, id), notifications::unread(app, id.0));
        Ok(Self {
            name: user.name.clone(),
            role: user.identity.role,
            messages: messages?,
            notifications: notifications?,
        })
    }

    pub(super) fn sells(&self) -> bool {
        self.role == Role::Vendedor
    }

    pub(super) fn administers(&self) -> bool {
        self.role == Role::Admin
    }

    /// Everything that waits to be read.
    pub(super) fn unread(&self) -> i64 {
        self.messages + self.notifications
    }

    pub(super) fn badge(&self) -> String {
        self.unread().min(99).to_string()
    }
}

/// A word to the visitor above the content.
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) bad: bool,
}

impl Notice {
    pub(super) fn good(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            bad: false,
        }
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            bad: true,
        }
    }

    /// The notice that a redirect asks for with `?notice=WORD`; addresses carry no text of their own.
    fn by_word(word: &str, t: &Texts) -> Option<Self> {
        Some(match word {
            "added" => Self::good(t.catalog.added),
            "changed" => Self::good(t.catalog.cart_changed),
            "removed" => Self::good(t.catalog.cart_removed),
            "cancelled" => Self::good(t.orders.cancelled_done),
            "received" => Self::good(t.orders.received_done),
            "refunded" => Self::good(t.orders.refund_done),
            "refused" => Self::bad(t.orders.refused),
            "ended" => Self::good(t.account.ended),
            "saved" => Self::good(t.seller.saved),
            "created" => Self::good(t.seller.created),
            "saved_hidden" => Self::good(t.seller.saved_hidden),
            "kept_hidden" => Self::good(t.seller.kept_hidden),
            "shown" => Self::good(t.seller.shown_done),
            "hidden" => Self::good(t.seller.hidden_done),
            "deleted" => Self::good(t.seller.deleted_done),
            "stock_done" => Self::good(t.seller.stock_done),
            "stock_refused" => Self::bad(t.seller.stock_refused),
            "stock_wrong" => Self::bad(t.seller.stock_wrong),
            "incomplete" => Self::bad(t.seller.incomplete),
            "shipped" => Self::good(t.seller.shipped_done),
            "delivered" => Self::good(t.seller.delivered_done),
            "paid_back" => Self::good(t.seller.refund_done),
            "reported" => Self::good(t.chat.reported),
            "own_store" => Self::bad(t.chat.own_store),
            "saved_choices" => Self::good(t.notifications.saved),
            "device_forgotten" => Self::good(t.notifications.forgotten),
            "short" => Self::bad(t.orders.short_text),
            "verification_sent" => Self::good(t.account.verification_sent),
            "verified" => Self::good(t.account.verified),
            "mail_throttled" => Self::bad(t.account.mail_throttled),
            "password_reset" => Self::good(t.account.password_reset),
            "password_changed" => Self::good(t.account.password_changed),
            "renamed" => Self::good(t.account.renamed),
            "others_ended" => Self::good(t.account.others_ended),
            "kept" => Self::good(t.buyer.kept),
            "forgotten" => Self::good(t.buyer.forgotten),
            "favorites_full" => Self::bad(fill(t.buyer.favorites_full, "n", favorites::MOST)),
            "rated" => Self::good(t.buyer.rated),
            "withdrawn" => Self::good(t.buyer.withdrawn),
            "address_kept" => Self::good(t.addresses.kept),
            "address_same" => Self::good(t.addresses.same),
            "address_changed" => Self::good(t.addresses.changed),
            "address_deleted" => Self::good(t.addresses.deleted),
            "address_default" => Self::good(t.addresses.default_done),
            "admin-done" => Self::good(t.admin.done),
            "admin-unchanged" => Self::bad(t.admin.unchanged),
            "admin-yourself" => Self::bad(t.admin.yourself),
            "admin-reason" => Self::bad(t.admin.no_reason),
            _ => return None,
        })
    }
}

impl Shell {
    /// For pages shown when there may be no database and no session: errors, offline.
    pub(super) fn bare(headers: &HeaderMap) -> Self {
        let lang = language_of(headers);
        Self {
            lang,
            t: lang.texts(),
            theme: Theme::of(headers),
            here: "/".into(),
            search: String::new(),
            user: None,
            user_id: None,
            hearts: HashSet::new(),
            cart_units: 0,
            csrf: String::new(),
            notice: None,
            unverified: false,
            category: String::new(),
        }
    }

    /// `/login`, and back here afterwards.
    pub(super) fn login_link(&self) -> String {
        if self.here.starts_with("/login") || self.here.starts_with("/register") {
            return self.here.clone();
        }
        NextPath::parse(&self.here).through_login()
    }

    /// Looks up the visitor's favourites, for pages that show products.
    pub(super) async fn fill_hearts(&mut self, app: &App) -> Result<(), Problem> {
        if let Some(user) = self.user_id {
            self.hearts = favorites::ids(app.db(), user).await?;
        }
        Ok(())
    }

    /// Is its heart full?
    pub(super) fn keeps(&self, product: &ProductId) -> bool {
        self.hearts.contains(&product.0)
    }

    /// Marks the link to the section being looked at.
    pub(super) fn mark(&self, path: &str) -> &'static str {
        let here = self.here.split('?').next().unwrap_or_default();
        let below = here
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !below || !self.category.is_empty() {
            ""
        } else if here == path {
            r#" aria-current="page""#
        } else {
            r#" aria-current="true""#
        }
    }

    /// Marks the link to the category being looked at.
    pub(super) fn mark_category(&self, key: &str) -> &'static str {
        if self.category == key {
            r#" aria-current="true""#
        } else {
            ""
        }
    }

    /// What the cart's link says to those who hear it.
    pub(super) fn cart_words(&self) -> String {
        fill(self.t.common.cart_words, "n", self.cart_units)
    }

    /// The number on the cart, empty for none.
    pub(super) fn badge(&self) -> String {
        if self.cart_units > 0 {
            self.cart_units.min(999).to_string()
        } else {
            String::new()
        }
    }
}

/// Somebody looking at a page.
pub(super) struct Visit {
    pub(super) app: App,
    pub(super) session: WebSession,
    pub(super) shell: Shell,
}

impl Visit {
    /// Whose cart it is; `None` for a guest who has none yet.
    pub(super) fn owner(&self) -> Option<Owner> {
        owner(&self.session)
    }

    /// Whose cart it will be: a guest gets a token.
    pub(super) fn owner_or_new(&self) -> Owner {
        self.owner()
            .unwrap_or_else(|| Owner::guest(self.session.guest_or_new()))
    }

    /// The signed-in visitor.
    pub(super) fn user(&self) -> Option<&WebIdentity> {
        self.session.user()
    }

    /// Reads the number on the cart anew, after it has been changed.
    pub(super) async fn recount(&mut self) -> Result<i64, Problem> {
        self.shell.cart_units = units(&self.app, self.owner()).await?;
        Ok(self.shell.cart_units)
    }
}

fn owner(session: &WebSession) -> Option<Owner> {
    match session.user_id() {
        Some(user) => Some(Owner::User(user.0)),
        None => session.guest().map(Owner::guest),
    }
}

async fn units(app: &App, owner: Option<Owner>) -> Result<i64, Problem> {
    match owner {
        Some(owner) => Ok(cart::count(app, &owner).await?),
        None => Ok(0),
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = WebSession::from_request_parts(parts, app).await?;
        let lang = session.lang();
        let t = lang.texts();
        let query = parts.uri.query().unwrap_or_default();
        let notice = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("notice="))
            .and_then(|word| Notice::by_word(word, t));
        // The guest's cart is asked for before `csrf` makes a token for a guest who has none.
        let cart_units = units(app, owner(&session)).await?;
        let user = match session.user() {
            Some(user) => Some(HeaderUser::read(app, user).await?),
            None => None,
        };
        let shell = Shell {
            lang,
            t,
            theme: Theme::of(&parts.headers),
            here: here(parts),
            search: String::new(),
            user_id: session.user_id().map(|user| user.0),
            hearts: HashSet::new(),
            user,
            cart_units,
            csrf: session.csrf(),
            notice,
            unverified: session.user().is_some_and(|user| !user.verified),
            category: String::new(),
        };
        Ok(Self {
            app: app.clone(),
            session,
            shell,
        })
    }
}

/// Path and query without a notice, which is to be shown once; a form's own address is no page, so its visitor goes home.
fn here(parts: &Parts) -> String {
    if parts.method != axum::http::Method::GET {
        return "/".into();
    }
    let path = parts.uri.path();
    let kept: Vec<&str> = parts
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("notice="))
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}
