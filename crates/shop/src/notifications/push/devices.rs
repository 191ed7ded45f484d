//! The browsers that somebody wants to hear in.

use ring::digest::{SHA256, digest};
use sea_orm::DbErr;

use super::{DeviceKeys, Endpoint, EndpointError, queries};
use crate::App;
use crate::accounts::Identity;
use crate::db::{self, Batch, MayConflict};
use crate::notifications::DeviceId;
use crate::texts::Lang;

/// Most devices of one person; the one longest there makes room.
const MOST: i64 = 20;

/// A browser as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Row.
    pub id: DeviceId,
    /// `User-Agent` when it was added.
    pub user_agent: String,
    /// SHA-256 of its endpoint in hex, by which the browser itself finds its row.
    pub endpoint_hash: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// When its push service last took a message (unix milliseconds).
    pub delivered_at: Option<i64>,
}

/// What a browser's `PushSubscription` says, and what we know of the browser.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// `endpoint`
    pub endpoint: String,
    /// `keys.p256dh`
    pub p256dh: String,
    /// `keys.auth`
    pub auth: String,
    /// Its `User-Agent`.
    pub user_agent: String,
    /// In which it is spoken to.
    pub lang: Lang,
}

/// Why a device is not added or not forgotten.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The address is not one that we call.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// That member of the subscription is not a key.
    #[error("{0} is not what a browser gives")]
    Key(&'static str),
    /// There is none that is theirs.
    #[error("no such device")]
    NotFound,
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for DeviceError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::Endpoint(_) | Self::Key(_) | Self::NotFound => None,
        }
    }
}

/// Adds a browser to somebody's devices, as long as the session lives in which they say so. One that another person used is theirs now.
pub async fn subscribe(app: &App, owner: &Identity, new: &NewDevice) -> Result<Device, DeviceError> {
    let endpoint = app.push().endpoint(&new.endpoint)?;
    DeviceKeys::parse(&new.p256dh, &new.auth).map_err(DeviceError::Key)?;
    let hash = hash(endpoint.as_str());
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let mut batch = Batch::new("push_subscribe");
        queries::put(&mut batch, owner, new, endpoint.as_str(), &hash, app.clock().now_ms());
        batch.execute(&tx).await?;
        for surplus in queries::surplus(&tx, owner.user_id.0, MOST).await? {
            queries::delete(&tx, owner.user_id.0, surplus).await?;
        }
        Ok::<_, DeviceError>(tx.commit().await?)
    })
    .await?;
    let mut devices = devices(app, owner.user_id.0).await?.into_iter();
    devices
        .find(|device| device.endpoint_hash == hash)
        .ok_or(DeviceError::NotFound)
}

/// The browser is still there, and somebody has signed in again: it goes on hearing if it was theirs before.
pub async fn renew(app: &App, owner: &Identity, new: &NewDevice) -> Result<(), DeviceError> {
    let endpoint = app.push().endpoint(&new.endpoint)?;
    match queries::owner(app.db().read(), &hash(endpoint.as_str())).await? {
        Some(user) if user == owner.user_id.0 => subscribe(app, owner, new).await.map(drop),
        _ => Err(DeviceError::NotFound),
    }
}

/// Somebody's devices, latest first.
pub async fn devices(app: &App, user_id: i64) -> Result<Vec<Device>, DeviceError> {
    let rows = queries::of_user(app.db().read(), user_id, app.clock().now_ms()).await?;
    Ok(rows.into_iter().map(Device::from).collect())
}

/// Forgets one.
pub async fn forget(app: &App, user_id: i64, id: DeviceId) -> Result<(), DeviceError> {
    match queries::delete(app.db().write(), user_id, id.0).await? {
        true => Ok(()),
        false => Err(DeviceError::NotFound),
    }
}

/// Forgets the one with that address.
pub async fn forget_endpoint(app: &App, user_id: i64, endpoint: &str) -> Result<(), DeviceError> {
    let endpoint = app.push().endpoint(endpoint)?;
    match queries::delete_endpoint(app.db().write(), user_id, &hash(endpoint.as_str())).await? {
        true => Ok(()),
        false => Err(DeviceError::NotFound),
    }
}

/// Where a message goes.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) user_id: i64,
    pub(crate) endpoint: Endpoint,
    pub(crate) keys: DeviceKeys,
    pub(crate) lang: Lang,
}

/// The ids of somebody's living devices.
pub(crate) async fn targets(app: &App, user_id: i64) -> Result<Vec<i64>, DbErr> {
    let rows = queries::of_user(app.db().read(), user_id, app.clock().now_ms()).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A living device; an error of the inner kind is for one that can never be sent anything.
pub(crate) async fn target(app: &App, id: i64) -> Result<Option<Result<Target, String>>, DbErr> {
    let row = queries::by_id(app.db().read(), id, app.clock().now_ms()).await?;
    Ok(row.map(|row| {
        Ok(Target {
            user_id: row.user_id,
            endpoint: app.push().endpoint(&row.endpoint).map_err(|error| error.to_string())?,
            keys: DeviceKeys::parse(&row.p256dh, &row.auth).map_err(str::to_owned)?,
            lang: Lang::parse(&row.language).unwrap_or_default(),
        })
    }))
}

/// The push service took a message for it.
pub(crate) async fn delivered(app: &App, id: i64) -> Result<(), DbErr> {
    queries::delivered(app.db().write(), id, app.clock().now_ms()).await
}

/// The push service does not know it any more.
pub(crate) async fn forget_gone(app: &App, user_id: i64, id: i64) -> Result<(), DbErr> {
    queries::delete(app.db().write(), user_id, id).await.map(drop)
}

/// How long a browser is remembered after its session has ended, for [`renew`].
const REMEMBERED_MS: i64 = 90 * 24 * 3_600_000;

/// Takes away up to `most` devices whose sessions have ended long ago.
pub(crate) async fn prune(app: &App, most: i64) -> Result<u64, DbErr> {
    let now = app.clock().now_ms();
    queries::prune(app.db().write(), now, now - REMEMBERED_MS, most).await
}

fn hash(endpoint: &str) -> String {
    let hash = digest(&SHA256, endpoint.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
