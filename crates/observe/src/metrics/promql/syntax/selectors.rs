//! The selectors of a query, wherever they stand in it.

use super::node::{Kind, Node};
use crate::metrics::matchers::Matcher;

/// Appends the matchers of every selector below a node, in the order of the text.
pub(crate) fn collect<'n>(node: &'n Node, found: &mut Vec<&'n [Matcher]>) {
    match &node.kind {
        Kind::Number(_) | Kind::Text(_) => {}
        Kind::Selector(selector) | Kind::Range(selector, _) => found.push(&selector.matchers),
        Kind::Subquery(subquery) => collect(&subquery.inner, found),
        Kind::Paren(inner) | Kind::Negate(inner) => collect(inner, found),
        Kind::Call(_, args) => args.iter().for_each(|arg| collect(arg, found)),
        Kind::Aggregate(aggregation) => {
            if let Some(param) = &aggregation.param {
                collect(param, found);
            }
            collect(&aggregation.inner, found);
        }
        Kind::Binary(binary) => {
            collect(&binary.left, found);
            collect(&binary.right, found);
        }
    }
}
