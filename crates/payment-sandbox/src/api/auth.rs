//! API keys: `Authorization: Bearer sk_test_…`, or basic authentication with the key as user.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};

use crate::error::ApiError;

const ABSENT: &str = "You did not provide an API key. You need to provide your API key in the Authorization header, using \
    Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, \
    or we can help at https://support.stripe.com/.";

/// The request's secret key, if it is one that the sandbox takes. `exact` is the configured key.
pub(super) fn key(headers: &HeaderMap, exact: Option<&str>) -> Result<String, ApiError> {
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(credentials);
    let key = given
        .filter(|key| !key.is_empty())
        .ok_or_else(|| ApiError::unauthorized(ABSENT))?;
    if key.starts_with("pk_") {
        return Err(ApiError::unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of \
             your API keys at https://dashboard.stripe.com/account/apikeys.",
        )
        .with_code("secret_key_required"));
    }
    if key.starts_with("sk_live_") || key.starts_with("rk_live_") {
        return Err(ApiError::unauthorized(format!(
            "Invalid API Key provided: {}. The payment sandbox takes test keys only.",
            masked(&key)
        )));
    }
    let rest = key
        .strip_prefix("sk_test_")
        .or_else(|| key.strip_prefix("rk_test_"))
        .unwrap_or_default();
    let well_formed = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if well_formed && exact.is_none_or(|exact| same(exact.as_bytes(), key.as_bytes())) {
        return Ok(key);
    }
    Err(ApiError::unauthorized(format!(
        "Invalid API Key provided: {}",
        masked(&key)
    )))
}

fn credentials(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
        return Some(pair.split_once(':').map_or(pair.as_str(), |(user, _)| user).to_owned());
    }
    None
}

/// `sk_test_********1234`: enough to recognise, too little to use.
fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().take(64).collect();
    let shown = |at: usize| at < 8.min(letters.len() / 2) || at + 4 >= letters.len().max(12);
    letters
        .iter()
        .enumerate()
        .map(|(at, letter)| if shown(at) { *letter } else { '*' })
        .collect()
}

/// Compares without telling by the time taken where the difference is.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, exact: Option<&str>) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, header.parse().expect("a header"));
        key(&headers, exact).map_err(|error| error.body()["error"]["message"].to_string())
    }

    #[test]
    fn bearer_and_basic_carry_the_same_key() {
        assert_eq!(check("Bearer sk_test_abc", None).as_deref(), Ok("sk_test_abc"));
        assert_eq!(check("basic c2tfdGVzdF9hYmM6", None).as_deref(), Ok("sk_test_abc"));
        assert_eq!(
            check("Bearer sk_test_abc", Some("sk_test_abc")).as_deref(),
            Ok("sk_test_abc")
        );
    }

    #[test]
    fn live_publishable_foreign_and_malformed_keys_are_refused_without_repeating_them() {
        for header in [
            "Bearer sk_live_verysecret1234",
            "Bearer pk_test_1",
            "Bearer nonsense",
            "Bearer sk_test_",
            "Basic !!",
        ] {
            let message = check(header, None).expect_err(header);
            assert!(!message.contains("verysecret"), "{message}");
        }
        assert!(check("Bearer sk_test_abd", Some("sk_test_abc")).is_err());
    }
}
