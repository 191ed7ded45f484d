//! `GET /api/analytics`: what a store sold. A seller sees their own store, an admin any or all.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::accounts::{Identity, Role};
use crate::analytics::{
    self, DaySales, HourSales, LONGEST_DAYS, ProductSales, Range, RangeError, Report, Scope, Totals,
};
use crate::catalog::{self, StoreId};
use crate::web::layers::language;
use crate::web::sales_csv::{self, Table};
use crate::web::session::Bearer;
use crate::web::{FieldProblem, Params, Problem};

/// What to count.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct AnalyticsQuery {
    /// First day, as 2026-11-24, in the time of central Mexico. Thirty days before `to` when left out.
    from: Option<String>,
    /// Last day, included. Today when left out.
    to: Option<String>,
    /// Only this store: for admins, who see all stores without it. A seller's own is the only one they may name.
    store: Option<i64>,
    /// `csv` for a download.
    #[serde(default)]
    #[param(inline)]
    format: Format,
    /// Which table the download holds.
    #[serde(default)]
    #[param(inline)]
    table: Table,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AnalyticsFormat)]
pub(in crate::web) enum Format {
    /// Everything.
    #[default]
    Json,
    /// One table.
    Csv,
}

/// Sales of a range of days. An order counts on the day it was paid, as long as it is not paid back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Analytics)]
pub(in crate::web) struct AnalyticsView {
    /// First day.
    #[schema(value_type = String, format = Date)]
    from: String,
    /// Last day.
    #[schema(value_type = String, format = Date)]
    to: String,
    /// Whose days and hours these are.
    time_zone: &'static str,
    currency: &'static str,
    /// The store, or null for all.
    store_id: Option<i64>,
    total_revenue: f64,
    #[serde(rename = "totalRevenue_cents")]
    total_revenue_cents: i64,
    total_sales: i64,
    /// The range of the same length before.
    previous: PreviousView,
    /// Every day in order, those without sales too.
    sales_by_day: Vec<DayView>,
    /// All 24 hours of the day.
    sales_by_hour: Vec<HourView>,
    /// The ten that brought most.
    top_products: Vec<ProductView>,
}

/// Totals of the range before.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnalyticsBefore)]
pub(in crate::web) struct PreviousView {
    #[schema(value_type = String, format = Date)]
    from: String,
    #[schema(value_type = String, format = Date)]
    to: String,
    total_revenue: f64,
    #[serde(rename = "totalRevenue_cents")]
    total_revenue_cents: i64,
    total_sales: i64,
}

/// Sales of a day.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsDay)]
pub(in crate::web) struct DayView {
    #[schema(value_type = String, format = Date)]
    date: String,
    sales: i64,
    revenue: f64,
    revenue_cents: i64,
}

/// Sales of an hour of the day.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsHour)]
pub(in crate::web) struct HourView {
    /// 0 to 23.
    hour: u8,
    sales: i64,
    revenue: f64,
    revenue_cents: i64,
}

/// Sales of a product.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnalyticsProduct)]
pub(in crate::web) struct ProductView {
    product_id: i64,
    name: String,
    units: i64,
    revenue: f64,
    #[serde(rename = "revenue_cents")]
    revenue_cents: i64,
}

impl From<DaySales> for DayView {
    fn from(DaySales { date, totals }: DaySales) -> Self {
        Self {
            date: date.to_string(),
            sales: totals.sales,
            revenue: totals.revenue.pesos(),
            revenue_cents: totals.revenue.cents(),
        }
    }
}

impl From<HourSales> for HourView {
    fn from(HourSales { hour, totals }: HourSales) -> Self {
        Self {
            hour,
            sales: totals.sales,
            revenue: totals.revenue.pesos(),
            revenue_cents: totals.revenue.cents(),
        }
    }
}

impl From<ProductSales> for ProductView {
    fn from(product: ProductSales) -> Self {
        Self {
            product_id: product.id.0,
            name: product.name,
            units: product.units,
            revenue: product.revenue.pesos(),
            revenue_cents: product.revenue.cents(),
        }
    }
}

impl AnalyticsView {
    fn new(scope: Scope, report: Report) -> Self {
        let Totals { sales, revenue } = report.totals;
        Self {
            from: report.range.from().to_string(),
            to: report.range.to().to_string(),
            time_zone: "America/Mexico_City",
            currency: revenue.currency().code(),
            store_id: match scope {
                Scope::Store(id) => Some(id.0),
                Scope::All => None,
            },
            total_revenue: revenue.pesos(),
            total_revenue_cents: revenue.cents(),
            total_sales: sales,
            previous: PreviousView {
                from: report.before.from().to_string(),
                to: report.before.to().to_string(),
                total_revenue: report.previous.revenue.pesos(),
                total_revenue_cents: report.previous.revenue.cents(),
                total_sales: report.previous.sales,
            },
            sales_by_day: report.by_day.into_iter().map(DayView::from).collect(),
            sales_by_hour: report.by_hour.into_iter().map(HourView::from).collect(),
            top_products: report.products.into_iter().map(ProductView::from).collect(),
        }
    }
}

/// Sales by day, hour and product
#[utoipa::path(
    get,
    path = "/api/analytics",
    tag = "analytics",
    params(AnalyticsQuery),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The range's sales; with `format=csv` one table", content(
            (AnalyticsView = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, description = "Dates, order of dates, or more than 366 days"),
        (status = 403, description = "A buyer has no sales"),
        (status = 404, description = "No such store of the caller's"),
    )
)]
pub(in crate::web) async fn show(
    State(app): State<App>,
    Bearer(identity): Bearer,
    headers: HeaderMap,
    Params(query): Params<AnalyticsQuery>,
) -> Result<Response, Problem> {
    let scope = scope(&app, &identity, query.store).await?;
    let range = Range::parse(query.from.as_deref(), query.to.as_deref(), app.clock().now_ms())?;
    if query.format == Format::Csv {
        return sales_csv::sales(&app, scope, range, query.table, language(&headers)).await;
    }
    let report = analytics::report(&app, scope, range).await?;
    Ok(Json(AnalyticsView::new(scope, report)).into_response())
}

/// Whose sales a caller sees: the role is the token's, the store the database's.
async fn scope(app: &App, identity: &Identity, asked: Option<i64>) -> Result<Scope, Problem> {
    let unknown = || Problem::not_found("Esa tienda no existe", "No such store");
    match identity.role {
        Role::Comprador => Err(Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            "not_a_seller",
            "Solo quien vende tiene ventas que ver",
            "Only sellers have sales to see",
        )),
        Role::Vendedor => {
            let own = catalog::store_of(app.db(), identity.user_id.0)
                .await?
                .ok_or_else(unknown)?;
            match asked {
                Some(other) if other != own.id => Err(unknown()),
                _ => Ok(Scope::Store(StoreId(own.id))),
            }
        }
        Role::Admin => match asked {
            None => Ok(Scope::All),
            Some(id) => {
                crate::admin::store(app, id).await.map_err(|_| unknown())?;
                Ok(Scope::Store(StoreId(id)))
            }
        },
    }
}

impl From<RangeError> for Problem {
    fn from(error: RangeError) -> Self {
        let (field, code, es, en) = match error {
            RangeError::NotADay { field } => (
                field,
                "date",
                "Escribe un día como 2026-11-24".to_owned(),
                "Write a day as 2026-11-24".to_owned(),
            ),
            RangeError::Backwards => (
                "to",
                "before_from",
                "El último día no puede ser anterior al primero".to_owned(),
                "The last day cannot be before the first".to_owned(),
            ),
            RangeError::TooLong => (
                "from",
                "too_long",
                format!("El periodo es de {LONGEST_DAYS} días como máximo"),
                format!("The range is {LONGEST_DAYS} days at most"),
            ),
        };
        Self::invalid(vec![FieldProblem {
            field: field.into(),
            code,
            es: es.into(),
            en: en.into(),
        }])
    }
}
