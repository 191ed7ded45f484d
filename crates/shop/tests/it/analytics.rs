//! What stores sold: the numbers, who may see them, and the downloads.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{Marketplace, http};

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// An order as the test knows it.
struct Sold {
    store: i64,
    status: &'static str,
    paid_at: Option<i64>,
    product: i64,
    quantity: i64,
    price: i64,
}

/// The same every time, and without a pattern.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64) % sides
    }
}

/// Writes orders of every status over the last `days` days into the first three stores.
async fn history(shop: &Marketplace, orders: i64, days: i64, now: i64) -> Vec<Sold> {
    const STATUSES: [&str; 6] = [
        "pendiente",
        "pagado",
        "enviado",
        "entregado",
        "cancelado",
        "reembolsado",
    ];
    let mut dice = Dice(7);
    let mut goods = BTreeMap::new();
    for store in 1..=3 {
        let first = format!("SELECT MIN(id) FROM products WHERE store_id = {store}");
        goods.insert(store, shop.number(&first).await);
    }
    let mut sold = Vec::new();
    let (mut purchases, mut rows, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..orders {
        let id = 1_000_000 + n;
        let store = 1 + dice.roll(3);
        let status = STATUSES[dice.roll(6) as usize];
        let at = now - dice.roll(days * DAY);
        let paid_at = (!matches!(status, "pendiente" | "cancelado")).then_some(at);
        let product = goods[&store] + dice.roll(3);
        let (quantity, price) = (1 + dice.roll(4), 100 + dice.roll(90_000));
        let total = quantity * price;
        let variant = format!("(SELECT MIN(id) FROM variants WHERE product_id = {product})");
        let paid = paid_at.map_or("NULL".into(), |at| at.to_string());
        purchases.push(format!("({id}, 2, 'pagado', {total}, 'MXN', 'x', {at}, {at}, {paid})"));
        rows.push(format!(
            "({id}, {id}, {store}, 2, '{status}', {total}, 0, {at}, {at}, {paid})"
        ));
        lines.push(format!(
            "({id}, {product}, {variant}, 'x', '', '', {price}, {quantity})"
        ));
        sold.push(Sold {
            store,
            status,
            paid_at,
            product,
            quantity,
            price,
        });
    }
    for (head, values) in [
        (
            "purchases (id, buyer_id, state, total_cents, currency, request_hash, created_at, expires_at, paid_at)",
            purchases,
        ),
        (
            "orders (id, purchase_id, store_id, buyer_id, status, total_cents, commission_cents, created_at, updated_at, paid_at)",
            rows,
        ),
        (
            "order_lines (order_id, product_id, variant_id, product_name, size, color, unit_price_cents, quantity)",
            lines,
        ),
    ] {
        for some in values.chunks(200) {
            shop.sql(&format!("INSERT INTO {head} VALUES {}", some.join(", ")))
                .await;
        }
    }
    sold
}

/// The day in central Mexico, counted from 1970.
fn local_day(at: i64) -> i64 {
    (at - 6 * HOUR).div_euclid(DAY)
}

fn date(day: i64) -> String {
    let date = time::OffsetDateTime::from_unix_timestamp(day * 86_400).unwrap().date();
    date.to_string()
}

fn assert_equals_naive(report: &Value, sold: &[Sold], store: Option<i64>, days: std::ops::RangeInclusive<i64>) {
    let counted: Vec<&Sold> = sold
        .iter()
        .filter(|order| store.is_none_or(|store| order.store == store))
        .filter(|order| matches!(order.status, "pagado" | "enviado" | "entregado"))
        .filter(|order| order.paid_at.is_some_and(|at| days.contains(&local_day(at))))
        .collect();
    let cents = |orders: &[&Sold]| orders.iter().map(|order| order.quantity * order.price).sum::<i64>();
    assert_eq!(report["totalSales"], counted.len());
    assert_eq!(report["totalRevenue_cents"], cents(&counted));
    assert_eq!(report["totalRevenue"], cents(&counted) as f64 / 100.0);

    let by_day = report["salesByDay"].as_array().unwrap();
    assert_eq!(
        by_day.len() as i64,
        days.end() - days.start() + 1,
        "empty days are there too"
    );
    for (day, row) in days.clone().zip(by_day) {
        let that: Vec<&Sold> = counted
            .iter()
            .filter(|order| local_day(order.paid_at.unwrap()) == day)
            .copied()
            .collect();
        assert_eq!(row["date"], date(day));
        assert_eq!(
            (row["sales"].as_u64(), row["revenue_cents"].as_i64()),
            (Some(that.len() as u64), Some(cents(&that))),
            "{row}"
        );
    }
    for (hour, row) in (0_i64..24).zip(report["salesByHour"].as_array().unwrap()) {
        let local_hour = |at: i64| (at - 6 * HOUR).rem_euclid(DAY) / HOUR;
        let that: Vec<&Sold> = counted
            .iter()
            .filter(|order| local_hour(order.paid_at.unwrap()) == hour)
            .copied()
            .collect();
        assert_eq!(
            (row["hour"].as_i64(), row["revenue_cents"].as_i64()),
            (Some(hour), Some(cents(&that)))
        );
    }
    let mut products: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for order in &counted {
        let entry = products.entry(order.product).or_default();
        *entry = (entry.0 + order.quantity * order.price, entry.1 + order.quantity);
    }
    let mut best: Vec<(i64, i64, i64)> = products
        .into_iter()
        .map(|(id, (cents, units))| (-cents, id, units))
        .collect();
    best.sort_unstable();
    let shown: Vec<(i64, i64, i64)> = report["topProducts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let number = |name: &str| row[name].as_i64().unwrap();
            (-number("revenue_cents"), number("productId"), number("units"))
        })
        .collect();
    assert_eq!(shown, best.into_iter().take(10).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_are_those_of_a_naive_count() {
    let shop = Marketplace::start().await;
    let now = shop.app.clock().now_ms();
    let sold = history(&shop, 900, 80, now).await;
    shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user250@test.com'")
        .await;
    let admin = shop.account("user250@test.com").await;
    let seller = shop.account("vendedor1@test.com").await;
    let today = local_day(now);
    for days in [
        today - 79..=today,
        today - 29..=today,
        today - 50..=today - 43,
        today..=today,
        today - 365..=today,
    ] {
        let range = format!("from={}&to={}", date(*days.start()), date(*days.end()));
        let own = seller.get(&format!("/api/analytics?{range}")).await.ok();
        assert_equals_naive(&own, &sold, Some(1), days.clone());
        let all = admin.get(&format!("/api/analytics?{range}")).await.ok();
        assert_equals_naive(&all, &sold, None, days.clone());
        let third = admin.get(&format!("/api/analytics?{range}&store=3")).await.ok();
        assert_equals_naive(&third, &sold, Some(3), days.clone());
        let length = days.end() - days.start() + 1;
        let before = date(days.start() - length);
        assert_eq!(own["previous"]["from"], before);
        if length < 366 {
            let range = format!("from={before}&to={}", date(days.start() - 1));
            let previous = seller.get(&format!("/api/analytics?{range}")).await.ok();
            assert_eq!(previous["totalRevenue_cents"], own["previous"]["totalRevenue_cents"]);
        }
    }
    shop.stop().await;
}

/// What today's application gets wrong: unpaid orders counted as revenue.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_paid_and_kept_is_revenue() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    shop.sql("UPDATE stores SET auto_dispatch = 0").await;
    let seller = shop.account("vendedor1@test.com").await;
    let sales = async || {
        let report = seller.get("/api/analytics").await.ok();
        (
            report["totalSales"].as_i64().unwrap(),
            report["totalRevenue_cents"].as_i64().unwrap(),
        )
    };
    let started = buyer.checkout(2, 2).await.ok();
    let order = started["orderId"].as_i64().unwrap();
    assert_eq!(sales().await, (0, 0), "waiting for payment");
    let other = buyer.checkout(2, 1).await.ok()["orderId"].as_i64().unwrap();
    buyer.post(&format!("/api/orders/{other}/cancel"), json!({})).await.ok();
    assert_eq!(sales().await, (0, 0), "cancelled");
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    let paid = buyer.await_status(order, "pagado").await;
    assert_eq!(sales().await, (1, paid["total_cents"].as_i64().unwrap()));
    let report = seller.get("/api/analytics").await.ok();
    assert_eq!(report["topProducts"][0]["units"], 2);
    seller
        .post(&format!("/api/orders/{order}/refund"), json!({}))
        .await
        .ok();
    assert_eq!(sales().await, (0, 0), "paid back");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_s_sales_concern_its_seller_and_admins_only() {
    let shop = Marketplace::start().await;
    shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user250@test.com'")
        .await;
    let (buyer, seller) = (shop.buyer(1).await, shop.account("vendedor1@test.com").await);
    let (other, admin) = (
        shop.account("vendedor2@test.com").await,
        shop.account("user250@test.com").await,
    );
    for (who, path, status) in [
        (&shop.guest(), "/api/analytics", 401),
        (&buyer, "/api/analytics", 403),
        (&buyer, "/api/analytics?store=1", 403),
        (&seller, "/api/analytics", 200),
        (&seller, "/api/analytics?store=1", 200),
        (&seller, "/api/analytics?store=2", 404),
        (&other, "/api/analytics?store=1", 404),
        (&other, "/api/analytics?store=1&format=csv", 404),
        (&admin, "/api/analytics", 200),
        (&admin, "/api/analytics?store=1", 200),
        (&admin, "/api/analytics?store=999999", 404),
    ] {
        assert_eq!(who.get(path).await.status.as_u16(), status, "{path}");
    }
    assert_eq!(other.get("/api/analytics").await.ok()["storeId"], 2);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_that_are_none_are_refused_by_name() {
    let shop = Marketplace::start().await;
    let seller = shop.account("vendedor1@test.com").await;
    for (query, field, code) in [
        ("from=ayer", "from", "date"),
        ("to=2026-13-01", "to", "date"),
        ("from=2026-02-02&to=2026-02-01", "to", "before_from"),
        ("from=2020-01-01&to=2026-01-01", "from", "too_long"),
        ("from=-9999999-01-01", "from", "date"),
    ] {
        let refused = seller.get(&format!("/api/analytics?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(
            (&refused.body["errors"][0]["field"], &refused.body["errors"][0]["code"]),
            (&json!(field), &json!(code)),
            "{query}"
        );
    }
    for query in ["format=xml", "store=uno", "format=csv&table=everything"] {
        assert_eq!(
            seller.get(&format!("/api/analytics?{query}")).await.status.as_u16(),
            400,
            "{query}"
        );
    }
    shop.stop().await;
}

/// What today's application gets wrong: private analytics with shared-cache headers, and CSV without escaping.
#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_private_and_harmless() {
    let shop = Marketplace::start().await;
    let now = shop.app.clock().now_ms();
    history(&shop, 60, 10, now).await;
    let first = shop.number("SELECT MIN(id) FROM products WHERE store_id = 1").await;
    for (n, attack) in ["=HYPERLINK(\"http://evil.test\",\"x\")", "+1+1", "@SUM(1)"]
        .iter()
        .enumerate()
    {
        let attack = attack.replace('\'', "''");
        shop.sql(&format!(
            "UPDATE products SET name = '{attack}' WHERE id = {}",
            first + n as i64
        ))
        .await;
    }
    let seller = shop.account("vendedor1@test.com").await;
    let get = async |path: &str, language: &str| {
        let request = http().get(format!("{}{path}", shop.url)).bearer_auth(seller.token());
        request.header("accept-language", language).send().await.unwrap()
    };
    for path in [
        "/api/analytics",
        "/api/analytics?format=csv",
        "/api/analytics?format=csv&table=hours",
        "/api/analytics?format=csv&table=products",
        "/api/analytics?from=x",
    ] {
        let answer = get(path, "es").await;
        let cache = answer.headers()["cache-control"].to_str().unwrap().to_owned();
        assert!(
            cache.contains("no-store") && !cache.contains("public") && !cache.contains("s-maxage"),
            "{path}: {cache}"
        );
    }
    let answer = get("/api/analytics?format=csv&table=products", "es").await;
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename=\"textisur-ventas-por-producto-"),
        "{:?}",
        answer.headers()["content-disposition"]
    );
    let text = answer.text().await.unwrap();
    let rows = text
        .strip_prefix("\u{feff}Clave del producto,Producto,Piezas,Ingresos (MXN)\r\n")
        .unwrap_or_else(|| panic!("{text}"));
    assert!(rows.lines().count() > 0);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(rows.as_bytes());
    let mut attacks = 0;
    for record in reader.records() {
        let record = record.unwrap();
        assert!(
            record[0].parse::<i64>().is_ok() && record[2].parse::<i64>().is_ok() && record[3].parse::<f64>().is_ok(),
            "{record:?}"
        );
        attacks += usize::from(record[1].starts_with('\''));
        assert!(!record[1].starts_with(['=', '+', '-', '@', '\t', '\r']), "{record:?}");
    }
    assert_eq!(attacks, 3, "{rows}");
    let days = get("/api/analytics?format=csv", "en").await.text().await.unwrap();
    assert!(days.starts_with("\u{feff}Day,Sales,Revenue (MXN)\r\n"), "{days}");
    assert_eq!(days.lines().count(), 31, "a header and thirty days");
    shop.stop().await;
}
