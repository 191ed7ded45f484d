//! `line_items`: catalogue prices and `price_data`, in whole amounts of one currency.

use crate::{
    api::fields,
    currency::{self, MAX_AMOUNT},
    error::ApiError,
    form::Params,
    model::{Kind, Line, Name, Priced, Product, SharedProduct},
    store::State,
};

const MAX_LINES: usize = 100;
const MAX_QUANTITY: i64 = 999_999;

/// The lines and their currency. `fallback` is the request's own `currency`.
pub(super) fn lines_of(
    state: &State,
    lines: Vec<Params>,
    fallback: Option<&str>,
) -> Result<(Name, Box<[Line]>), ApiError> {
    if lines.len() > MAX_LINES {
        return Err(
            ApiError::invalid(format!("A Checkout Session may have at most {MAX_LINES} line items."))
                .with_param("line_items"),
        );
    }
    let mut code: Option<String> = fallback.map(str::to_ascii_lowercase);
    let mut parsed = Vec::with_capacity(lines.len());
    for line in lines {
        let name = line.name("price_data");
        let (line, currency) = line_of(state, line)?;
        if code.as_ref().is_some_and(|code| *code != currency) {
            return Err(ApiError::invalid(
                "All `line_items` must have the same currency as the Checkout Session and as each other.",
            )
            .with_param(&format!("{name}[currency]")));
        }
        code = Some(currency);
        parsed.push(line);
    }
    let code = code.unwrap_or_else(|| "mxn".to_owned());
    let currency = currency::parse(&code, "currency")?;
    let total = parsed
        .iter()
        .try_fold(0_i64, |sum, line: &Line| sum.checked_add(line.amount()))
        .unwrap_or(i64::MAX);
    if total > 0 && total < currency.minimum {
        return Err(ApiError::invalid(format!(
            "The Checkout Session's total amount due must add up to at least {} {}",
            currency.format(currency.minimum),
            currency.code
        ))
        .with_code("amount_too_small"));
    }
    if total > MAX_AMOUNT {
        return Err(ApiError::invalid(format!(
            "The Checkout Session's total amount due must add up to no more than {} {}",
            currency.format(MAX_AMOUNT),
            currency.code
        ))
        .with_code("amount_too_large"));
    }
    Ok((Name::from(currency.code), parsed.into_boxed_slice()))
}

fn line_of(state: &State, mut line: Params) -> Result<(Line, String), ApiError> {
    line.only(&[&[
        "adjustable_quantity",
        "dynamic_tax_rates",
        "metadata",
        "price",
        "price_data",
        "quantity",
        "tax_rates",
    ]])?;
    line.unsupported(&["dynamic_tax_rates", "tax_rates"])?;
    let _ = line.take("adjustable_quantity");
    let metadata = line.metadata()?.fresh()?;
    let (price_name, data_name) = (line.name("price"), line.name("price_data"));
    let price = line.text("price")?;
    let data = line.object("price_data")?;
    let quantity = line.integer_from("quantity", 1)?;
    let (unit_amount, currency, priced) = match (price, data) {
        (Some(_), Some(_)) => {
            return Err(
                ApiError::invalid("You may only specify one of these parameters: price, price_data.")
                    .with_param(&price_name),
            );
        }
        (None, None) => return Err(ApiError::missing(&data_name)),
        (Some(id), None) => from_catalogue(state, &id, &price_name)?,
        (None, Some(data)) => from_data(state, data)?,
    };
    let quantity = quantity.ok_or_else(|| ApiError::missing(&line.name("quantity")))?;
    if quantity > MAX_QUANTITY {
        return Err(ApiError::parameter(
            "parameter_invalid_integer",
            &line.name("quantity"),
            format!("Invalid integer: must be no more than {MAX_QUANTITY}."),
        ));
    }
    Ok((
        Line {
            unit_amount,
            quantity,
            priced,
            metadata,
        },
        currency,
    ))
}

/// Unit amount, currency and where they come from.
type FoundPrice = (i64, String, Priced);

fn from_catalogue(state: &State, id: &str, param: &str) -> Result<FoundPrice, ApiError> {
    let price = state
        .price(id)
        .ok_or_else(|| ApiError::no_such_reference(Kind::Price.noun(), param, id))?;
    if price["active"] == false {
        return Err(ApiError::invalid(format!(
            "The price specified is inactive. This field only accepts active prices: {id}"
        ))
        .with_param(param));
    }
    if !price["recurring"].is_null() {
        return Err(ApiError::invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only \
             one-time prices.",
        )
        .with_param(param));
    }
    let product = price["product"]
        .as_str()
        .and_then(|id| state.product(id))
        .unwrap_or_default();
    Ok((
        price["unit_amount"].as_i64().unwrap_or(0),
        price["currency"].as_str().unwrap_or("mxn").to_owned(),
        Priced::Catalogue(Box::new((product["name"].as_str().unwrap_or(id).into(), price))),
    ))
}

fn from_data(state: &State, mut data: Params) -> Result<FoundPrice, ApiError> {
    data.only(&[&[
        "currency",
        "product",
        "product_data",
        "recurring",
        "tax_behavior",
        "unit_amount",
        "unit_amount_decimal",
    ]])?;
    data.unsupported(&["recurring"])?;
    let _ = data.take("tax_behavior");
    let currency = fields::currency(&mut data)?.code.to_owned();
    let (product_name, data_name) = (data.name("product"), data.name("product_data"));
    let product = data.text("product")?;
    let inline = data.object("product_data")?;
    let priced = match (product, inline) {
        (Some(_), Some(_)) => {
            return Err(
                ApiError::invalid("You may only specify one of these parameters: product, product_data.")
                    .with_param(&product_name),
            );
        }
        (None, None) => return Err(ApiError::missing(&data_name)),
        (Some(id), None) => {
            let product = state.product(&id);
            let product =
                product.ok_or_else(|| ApiError::no_such_reference(Kind::Product.noun(), &product_name, &id))?;
            Priced::OfProduct(Box::new((
                product["name"].as_str().unwrap_or_default().into(),
                id.into(),
            )))
        }
        (None, Some(mut inline)) => {
            inline.only(&[&[
                "description",
                "images",
                "metadata",
                "name",
                "tax_code",
                "tax_details",
                "unit_label",
            ]])?;
            let name = inline.required("name")?;
            let images = inline.texts("images")?.unwrap_or_default();
            if images.len() > 8 {
                return Err(
                    ApiError::invalid("A product may have at most 8 images.").with_param(&inline.name("images"))
                );
            }
            Priced::Inline(SharedProduct::from(Product {
                name: name.into(),
                description: inline.text("description")?.map(Into::into),
                images: images.into_iter().map(Into::into).collect(),
                metadata: inline.metadata()?.fresh()?,
            }))
        }
    };
    Ok((fields::unit_amount(&mut data)?, currency, priced))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    use crate::form;

    fn lines(form: &str) -> Result<(Name, Box<[Line]>), Value> {
        let mut params = Params::new(form::decode(form.as_bytes()).expect("a form"));
        let lines = params.objects("line_items").expect("a list").expect("present");
        lines_of(&State::default(), lines, None).map_err(|error| error.body()["error"].clone())
    }

    fn line(index: usize, amount: &str, quantity: &str, currency: &str) -> String {
        format!(
            "line_items[{index}][price_data][currency]={currency}&line_items[{index}][price_data][unit_amount]={amount}\
             &line_items[{index}][price_data][product_data][name]=Blusa&line_items[{index}][quantity]={quantity}&"
        )
    }

    #[test]
    fn amounts_are_whole_and_bounded() {
        let (currency, parsed) = lines(&(line(0, "34950", "2", "MXN") + &line(1, "100", "1", "mxn"))).expect("fine");
        assert_eq!(
            (&*currency, parsed.iter().map(Line::amount).sum::<i64>()),
            ("mxn", 70_000)
        );
        assert_eq!(
            lines(&line(0, "999", "1", "mxn")).expect_err("small")["code"],
            "amount_too_small"
        );
        assert_eq!(
            lines(&line(0, "99999999", "2", "mxn")).expect_err("large")["code"],
            "amount_too_large"
        );
        assert_eq!(
            lines(&line(0, "10.5", "1", "mxn")).expect_err("not whole")["param"],
            "line_items[0][price_data][unit_amount]"
        );
        assert_eq!(
            lines(&line(0, "-1", "1", "mxn")).expect_err("negative")["code"],
            "parameter_invalid_integer"
        );
        assert!(lines(&line(0, "0", "1", "mxn")).is_ok(), "nothing to pay is allowed");
    }

    #[test]
    fn currencies_must_agree() {
        let error = lines(&(line(0, "5000", "1", "mxn") + &line(1, "5000", "1", "usd"))).expect_err("two currencies");
        assert_eq!(error["param"], "line_items[1][price_data][currency]");
    }

    #[test]
    fn metadata_of_a_line_is_kept() {
        let form = line(0, "5000", "1", "mxn") + "line_items[0][metadata][sku]=A1";
        let (_, parsed) = lines(&form).expect("fine");
        assert_eq!(parsed[0].metadata.len(), 1);
    }
}
