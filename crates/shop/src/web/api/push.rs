//! `/api/notifications/subscribe`, `/api/notifications/devices`: the browsers in which the caller wants to hear.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::timestamp;
use crate::App;
use crate::notifications::DeviceId;
use crate::notifications::push::{self, Device, NewDevice};
use crate::web::session::{Bearer, Client};
use crate::web::{AcceptLang, Body, Id, Problem};

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct VapidKey {
    /// `applicationServerKey` of `pushManager.subscribe`: the uncompressed P-256 point, base64url (RFC 8292).
    public_key: String,
}

/// The key that browsers subscribe with.
#[utoipa::path(get, path = "/api/notifications/vapid-key", tag = "notifications", responses(
    (status = 200, description = "The key", body = VapidKey),
))]
pub(in crate::web) async fn vapid_key(State(app): State<App>) -> Json<VapidKey> {
    Json(VapidKey {
        public_key: app.push().public_key().to_owned(),
    })
}

/// The JSON of a browser's `PushSubscription`, as its `toJSON` makes it. Members that browsers add are passed over.
#[derive(Deserialize, ToSchema)]
#[schema(as = PushSubscription)]
pub(in crate::web) struct SubscriptionBody {
    /// An https address of a push service.
    #[schema(max_length = 1024)]
    endpoint: String,
    keys: Keys,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = PushSubscriptionKeys)]
struct Keys {
    /// P-256 point, base64url.
    p256dh: String,
    /// 16 bytes, base64url.
    auth: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PushDevice)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct DeviceView {
    id: i64,
    user_agent: String,
    #[schema(format = "date-time")]
    created_at: String,
    /// When its push service last took a message.
    #[schema(format = "date-time")]
    delivered_at: Option<String>,
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        Self {
            id: device.id.0,
            user_agent: device.user_agent,
            created_at: timestamp(device.created_at),
            delivered_at: device.delivered_at.map(timestamp),
        }
    }
}

/// The caller wants to hear in this browser, as long as the session lives in which they say so. A browser that another user had
/// subscribed is theirs no more.
#[utoipa::path(post, path = "/api/notifications/subscribe", tag = "notifications", security(("bearer" = [])),
    request_body = SubscriptionBody, responses(
    (status = 201, description = "Subscribed", body = DeviceView),
))]
pub(in crate::web) async fn subscribe(
    State(app): State<App>,
    Bearer(identity): Bearer,
    AcceptLang(lang): AcceptLang,
    Client(client): Client,
    Body(body): Body<SubscriptionBody>,
) -> Result<(StatusCode, Json<DeviceView>), Problem> {
    let new = NewDevice {
        endpoint: body.endpoint,
        p256dh: body.keys.p256dh,
        auth: body.keys.auth,
        user_agent: client.user_agent,
        lang,
    };
    let device = push::subscribe(&app, &identity, &new).await?;
    Ok((StatusCode::CREATED, Json(device.into())))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = PushEndpoint)]
pub(in crate::web) struct EndpointBody {
    /// As it was subscribed.
    #[schema(max_length = 1024)]
    endpoint: String,
}

/// The caller does not want to hear in this browser any more.
#[utoipa::path(delete, path = "/api/notifications/subscribe", tag = "notifications", security(("bearer" = [])),
    request_body = EndpointBody, responses(
    (status = 204, description = "Forgotten"),
    (status = 404, description = "No such browser of the caller's"),
))]
pub(in crate::web) async fn unsubscribe(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(body): Body<EndpointBody>,
) -> Result<StatusCode, Problem> {
    push::forget_endpoint(&app, identity.user_id.0, &body.endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
#[schema(as = PushDevices)]
pub(in crate::web) struct DevicesView {
    devices: Vec<DeviceView>,
}

/// The caller's browsers that take pushes, latest first, at most 20.
#[utoipa::path(get, path = "/api/notifications/devices", tag = "notifications", security(("bearer" = [])), responses(
    (status = 200, description = "All of them", body = DevicesView),
))]
pub(in crate::web) async fn devices(
    State(app): State<App>,
    Bearer(identity): Bearer,
) -> Result<Json<DevicesView>, Problem> {
    let devices = push::devices(&app, identity.user_id.0).await?;
    Ok(Json(DevicesView {
        devices: devices.into_iter().map(DeviceView::from).collect(),
    }))
}

/// Forgets one of the caller's browsers.
#[utoipa::path(delete, path = "/api/notifications/devices/{id}", tag = "notifications", security(("bearer" = [])),
    params(("id" = i64, Path)), responses(
    (status = 204, description = "Forgotten"),
    (status = 404, description = "No such browser of the caller's"),
))]
pub(in crate::web) async fn forget(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<DeviceId>,
) -> Result<StatusCode, Problem> {
    push::forget(&app, identity.user_id.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
