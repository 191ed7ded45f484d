//! The statements of address books. A purchase that names no address copies the default one in its own statement
//! (`checkout/queries.rs`), which costs it no question more.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use super::{Address, AddressId, KeptAddress, Part};
use crate::db::{Sql, Tx, params};

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    #[sea_orm(nested)]
    address: Address,
    is_default: i64,
}

impl From<Row> for KeptAddress {
    fn from(row: Row) -> Self {
        Self {
            id: AddressId(row.id),
            address: row.address,
            is_default: row.is_default != 0,
        }
    }
}

macro_rules! addresses {
    ($rest:literal) => {
        concat!(
            "SELECT id, recipient, phone, street, neighborhood, city, state, postal_code, notes, is_default FROM addresses ",
            $rest
        )
    };
}

/// Books from before there was a limit may hold more than fit today.
pub(super) async fn of_user(on: &impl ConnectionTrait, user: i64) -> Result<Vec<KeptAddress>, DbErr> {
    static SQL: Sql = Sql::new(
        "addresses_of_user",
        addresses!("WHERE user_id = ? ORDER BY is_default DESC, id DESC LIMIT 500"),
    );
    let rows: Vec<Row> = SQL.all(on, params![user]).await?;
    Ok(rows.into_iter().map(KeptAddress::from).collect())
}

pub(super) async fn default_of(on: &impl ConnectionTrait, user: i64) -> Result<Option<KeptAddress>, DbErr> {
    static SQL: Sql = Sql::new(
        "address_default",
        addresses!("WHERE user_id = ? AND is_default = 1 ORDER BY id DESC LIMIT 1"),
    );
    let row: Option<Row> = SQL.one(on, params![user]).await?;
    Ok(row.map(KeptAddress::from))
}

pub(super) async fn one(on: &impl ConnectionTrait, user: i64, id: AddressId) -> Result<Option<KeptAddress>, DbErr> {
    static SQL: Sql = Sql::new("address_by_id", addresses!("WHERE id = ? AND user_id = ?"));
    let row: Option<Row> = SQL.one(on, params![id.0, user]).await?;
    Ok(row.map(KeptAddress::from))
}

pub(super) async fn insert(
    tx: &Tx,
    user: i64,
    address: &Address,
    is_default: bool,
    now: i64,
) -> Result<AddressId, DbErr> {
    static SQL: Sql = Sql::new(
        "address_insert",
        "INSERT INTO addresses (user_id, recipient, phone, street, neighborhood, city, state, postal_code, notes, is_default, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let around = [params![user], parts(address), params![i64::from(is_default), now]];
    SQL.insert(tx, around.concat()).await.map(AddressId)
}

pub(super) async fn update(tx: &Tx, id: AddressId, address: &Address) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "address_update",
        "UPDATE addresses SET recipient = ?, phone = ?, street = ?, neighborhood = ?, city = ?, state = ?, postal_code = ?, notes = ?
         WHERE id = ?",
    );
    SQL.execute(tx, [parts(address), params![id.0]].concat())
        .await
        .map(drop)
}

/// What an address says, in the order of the columns.
fn parts(address: &Address) -> Vec<Value> {
    Part::ALL.map(|part| part.of(address).into()).to_vec()
}

pub(super) async fn delete(tx: &Tx, id: AddressId) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new("address_delete", "DELETE FROM addresses WHERE id = ?");
    SQL.execute(tx, params![id.0]).await.map(drop)
}

/// This one and no other.
pub(super) async fn set_default(tx: &Tx, user: i64, id: AddressId) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "address_set_default",
        "UPDATE addresses SET is_default = CASE WHEN id = ? THEN 1 ELSE 0 END WHERE user_id = ?",
    );
    SQL.execute(tx, params![id.0, user]).await.map(drop)
}
