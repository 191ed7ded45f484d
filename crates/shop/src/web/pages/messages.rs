//! `/messages`, `/messages/{id}` and their forms. With JavaScript they are live (`assets/chat.js`); without it every form reloads.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{Shell, Visit, page, see};
use crate::accounts::OpaqueToken;
use crate::catalog::{ProductId, StoreId};
use crate::demo;
use crate::messaging::{
    self, Broken, Conversation, ConversationId, Draft, Kind, Message, MessageId, MessagingError, Part, Subject,
};
use crate::texts::{Texts, fill};
use crate::web::api::views::timestamp;
use crate::web::session::{CsrfForm, SignedIn};
use crate::web::{Id, Problem};

const A_PAGE: u32 = 30;
/// Messages of a conversation shown at once.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "messages.html")]
struct List {
    shell: Shell,
    t: &'static Texts,
    conversations: Vec<Conversation>,
    next: Option<ConversationId>,
    query: String,
    found: Vec<Message>,
    now: i64,
}

impl List {
    /// The product's picture, else the store's sign.
    fn picture(&self, c: &Conversation) -> String {
        match &c.product {
            Some(product) if !product.image.is_empty() => product.image.clone(),
            _ => demo::sign(&c.store.slug),
        }
    }

    fn last(&self, c: &Conversation) -> String {
        let t = &self.t.chat;
        let Some(last) = &c.last else { return String::new() };
        let said = match last.kind {
            Kind::Text => last.content.as_str(),
            Kind::Image => t.picture,
            Kind::Product => t.product,
        };
        if last.mine {
            format!("{}: {said}", t.you)
        } else {
            said.to_owned()
        }
    }

    fn when(&self, ms: &i64) -> String {
        self.shell.lang.brief(*ms, self.now)
    }

    fn unread(&self, c: &Conversation) -> String {
        match c.unread() {
            1 => self.t.chat.unread_one.to_owned(),
            n => fill(self.t.chat.unread, "n", n),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct ListQuery {
    before: Option<ConversationId>,
    #[serde(default)]
    q: String,
}

/// `GET /messages`
pub(super) async fn list(
    SignedIn { user, .. }: SignedIn,
    Query(asked): Query<ListQuery>,
    visit: Visit,
) -> Result<Response, Problem> {
    let user = user.identity.user_id;
    let query = asked.q.trim().to_owned();
    let found = match messaging::search(&visit.app, user, None, &query, A_PAGE).await {
        Ok(found) => found,
        // Nothing was searched for, or only signs.
        Err(MessagingError::Invalid(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let conversations = messaging::conversations(&visit.app, user, asked.before, A_PAGE).await?;
    let next = (conversations.len() == A_PAGE as usize)
        .then(|| conversations.last().map(|last| last.id))
        .flatten();
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &List {
            t: shell.t,
            conversations,
            next,
            query,
            found,
            now: visit.app.clock().now_ms(),
            shell,
        },
    )
}

#[derive(Deserialize)]
pub(super) struct OpenForm {
    product: Option<i64>,
    store: Option<i64>,
}

/// `POST /messages`: from a product's or a store's page to the conversation about it.
pub(super) async fn open(
    SignedIn { user, .. }: SignedIn,
    visit: Visit,
    CsrfForm(form): CsrfForm<OpenForm>,
) -> Result<Response, Problem> {
    let subject = match (form.product, form.store) {
        (Some(product), _) => Subject::Product(ProductId(product)),
        (None, Some(store)) => Subject::Store(StoreId(store)),
        (None, None) => return Err(MessagingError::UnknownSubject.into()),
    };
    match messaging::open(&visit.app, user.identity.user_id, subject).await {
        Ok(id) => Ok(see(&format!("/messages/{id}"))),
        Err(MessagingError::OwnStore) => Ok(see("/messages?notice=own_store")),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct Talk {
    shell: Shell,
    t: &'static Texts,
    /// The visitor's account.
    me: i64,
    c: Conversation,
    messages: Vec<Message>,
    /// There are earlier ones.
    more: bool,
    /// The end of the conversation is shown, so that new messages belong below.
    live: bool,
    last_seq: i64,
    /// One message however often the button is pressed.
    client_id: String,
    draft: String,
    refused: Option<&'static str>,
    now: i64,
}

impl Talk {
    fn when(&self, message: &Message) -> String {
        self.shell.lang.brief(message.created_at, self.now)
    }

    fn is_mine(&self, message: &Message) -> bool {
        message.sender.0 == self.me
    }

    /// For machines.
    fn at(&self, message: &Message) -> String {
        timestamp(message.created_at)
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Before {
    before: Option<i64>,
}

/// `GET /messages/{id}`: the end of it, or what came before a message. Looking at the end is reading it.
pub(super) async fn show(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<ConversationId>,
    Query(Before { before }): Query<Before>,
    visit: Visit,
) -> Result<Response, Problem> {
    render(
        user.identity.user_id.0,
        id,
        before,
        visit,
        StatusCode::OK,
        String::new(),
        None,
    )
    .await
}

async fn render(
    me: i64,
    id: ConversationId,
    before: Option<i64>,
    visit: Visit,
    status: StatusCode,
    draft: String,
    refused: Option<&'static str>,
) -> Result<Response, Problem> {
    let (app, user) = (&visit.app, me.into());
    let part = before.map_or(Part::Latest, Part::Before);
    let history = messaging::history(app, user, id, part, SHOWN).await?;
    let last_seq = history.messages.last().map_or(0, |last| last.seq);
    if before.is_none() {
        messaging::read_up_to(app, user, id, last_seq).await?;
    }
    let c = messaging::conversation(app, user, id).await?;
    let live = last_seq >= c.last_seq;
    let shell = visit.shell;
    page(
        status,
        &Talk {
            t: shell.t,
            me,
            c,
            messages: history.messages,
            more: history.more,
            live,
            last_seq,
            client_id: OpaqueToken::issue().reveal().to_owned(),
            draft,
            refused,
            now: visit.app.clock().now_ms(),
            shell,
        },
    )
}

#[derive(Deserialize)]
pub(super) struct SendForm {
    #[serde(default)]
    content: String,
    client_id: Option<String>,
}

/// `POST /messages/{id}`
pub(super) async fn send(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<ConversationId>,
    mut visit: Visit,
    CsrfForm(form): CsrfForm<SendForm>,
) -> Result<Response, Problem> {
    let me = user.identity.user_id;
    let draft = Draft {
        conversation: id,
        kind: Kind::Text.as_str().into(),
        content: form.content.clone(),
        client_id: form.client_id,
    };
    match messaging::send(&visit.app, me, draft).await {
        Ok(message) => Ok(see(&format!("/messages/{id}#m{}", message.seq))),
        Err(MessagingError::Invalid(broken)) => {
            let t = &visit.shell.t.chat;
            let why = if broken == Broken::TooLong { t.too_long } else { t.empty };
            visit.shell.here = format!("/messages/{id}");
            render(me.0, id, None, visit, StatusCode::BAD_REQUEST, form.content, Some(why)).await
        }
        // The page says so where the form was.
        Err(MessagingError::Blocked { .. }) => Ok(see(&format!("/messages/{id}"))),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub(super) struct ReactForm {
    message: i64,
    /// Where to come back to.
    seq: i64,
    #[serde(default)]
    emoji: String,
}

/// `POST /messages/{id}/reactions`
pub(super) async fn react(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<ConversationId>,
    visit: Visit,
    CsrfForm(form): CsrfForm<ReactForm>,
) -> Result<Response, Problem> {
    let emoji = Some(form.emoji.as_str()).filter(|emoji| !emoji.is_empty());
    messaging::react(&visit.app, user.identity.user_id, MessageId(form.message), emoji).await?;
    Ok(see(&format!("/messages/{id}#m{}", form.seq)))
}

#[derive(Deserialize)]
pub(super) struct BlockForm {
    block: bool,
}

/// `POST /messages/{id}/block`: blocks, or takes the visitor's own block back.
pub(super) async fn block(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<ConversationId>,
    visit: Visit,
    CsrfForm(form): CsrfForm<BlockForm>,
) -> Result<Response, Problem> {
    messaging::set_block(&visit.app, user.identity.user_id, id, form.block).await?;
    Ok(see(&format!("/messages/{id}")))
}

#[derive(Deserialize)]
pub(super) struct ReportForm {
    reason: String,
    #[serde(default)]
    details: String,
}

/// `POST /messages/{id}/report`
pub(super) async fn report(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<ConversationId>,
    visit: Visit,
    CsrfForm(form): CsrfForm<ReportForm>,
) -> Result<Response, Problem> {
    let app = &visit.app;
    messaging::report(app, user.identity.user_id, id, &form.reason, &form.details).await?;
    Ok(see(&format!("/messages/{id}?notice=reported")))
}
