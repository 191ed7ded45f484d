//! `/stores/nearby`: stores by distance from a town or a place, as a list and on a map.
//!
//! Everything that was chosen is in the address, `?town=moroleon&radius=25` or `?lat=20.127&lng=-101.192`, and every choice is a link.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::stores::Front;
use super::{Notice, Shell, Visit, page};
use crate::catalog::{self, MOST_NEARBY, Place, Store, TOWNS, Town};
use crate::texts::{Lang, Texts, fill};
use crate::web::nearby::NearbyQuery;
use crate::web::{FieldProblem, Params, Problem};

const PATH: &str = "/stores/nearby";
/// Kilometres to choose from.
const RADII: [f64; 5] = [5.0, 10.0, 25.0, 50.0, 100.0];
/// Kilometres, when none are asked for: all three towns from any of them.
const RADIUS: f64 = 25.0;
/// Farther than anything is.
const ANYWHERE: f64 = f64::INFINITY;

/// A choice that is a link.
pub(super) struct Pill {
    pub(super) name: String,
    /// What it finds, when known.
    pub(super) count: Option<usize>,
    pub(super) link: String,
    pub(super) chosen: bool,
}

/// The stores around a place.
pub(super) fn link_to(place: Place) -> String {
    format!("{PATH}?lat={}&lng={}", place.latitude, place.longitude)
}

/// The stores around a town, or around the one that is looked from first.
pub(super) fn link_from(town: Option<&Town>) -> String {
    town.map_or_else(|| PATH.to_owned(), |town| format!("{PATH}?town={}", town.key))
}

#[derive(Deserialize)]
pub(super) struct Asked {
    town: Option<String>,
    #[serde(flatten)]
    around: NearbyQuery,
}

/// Where the distances are from.
#[derive(Clone, Copy)]
enum Start {
    Town(&'static Town),
    Place(Place),
}

impl Start {
    fn place(self) -> Place {
        match self {
            Self::Town(town) => town.place,
            Self::Place(place) => place,
        }
    }

    /// The map has no name for it.
    fn is_place(self) -> bool {
        matches!(self, Self::Place(_))
    }

    /// "de Moroleón", behind a distance.
    fn words(self, t: &Texts) -> String {
        match self {
            Self::Town(town) => fill(t.nearby.of_town, "town", town.name),
            Self::Place(_) => t.nearby.of_place.to_owned(),
        }
    }

    /// The page from here, so far around.
    fn link(self, radius: f64) -> String {
        let link = match self {
            Self::Town(town) => link_from(Some(town)),
            Self::Place(place) => link_to(place),
        };
        format!("{link}&radius={radius}")
    }
}

impl Asked {
    /// A town outdoes a place; without either it is the first town.
    fn start(&self, wrong: &mut Vec<FieldProblem>) -> Start {
        match self.town.as_deref().map(str::trim).filter(|key| !key.is_empty()) {
            Some(key) => Start::Town(Town::by_key(key).unwrap_or_else(|| {
                wrong.push(FieldProblem {
                    field: "town".into(),
                    code: "invalid",
                    es: format!("no conocemos el municipio “{key}”").into(),
                    en: format!("we know no town “{key}”").into(),
                });
                &TOWNS[0]
            })),
            None if self.around.names_a_place() => Start::Place(self.around.place(wrong)),
            None => Start::Town(&TOWNS[0]),
        }
    }
}

/// A store with how far it is.
struct Near {
    front: Front,
    /// "1.3 km"
    distance: String,
    place: Place,
}

impl Near {
    fn new((store, km): (Store, f64)) -> Option<Self> {
        Some(Self {
            distance: distance(km),
            place: store.place()?,
            front: store.into(),
        })
    }
}

#[derive(Template)]
#[template(path = "nearby.html")]
struct Nearby {
    shell: Shell,
    t: &'static Texts,
    title: String,
    canonical: String,
    /// A place is one of very many.
    indexed: bool,
    towns: Vec<Pill>,
    radii: Vec<Pill>,
    start: Start,
    radius: f64,
    heading: String,
    stores: Vec<Near>,
    /// More stores than are shown.
    cut: Option<String>,
    /// What to say when there is none.
    nearest: Option<Near>,
    /// Nothing was looked for, since the question was not understood.
    refused: bool,
}

/// `GET /stores/nearby`
pub(super) async fn show(Params(asked): Params<Asked>, visit: Visit) -> Result<Response, Problem> {
    let (app, mut shell) = (visit.app, visit.shell);
    let (t, lang) = (shell.t, shell.lang);
    let mut wrong = Vec::new();
    let (mut start, mut radius) = (asked.start(&mut wrong), asked.around.radius(RADIUS, &mut wrong));
    let refused = !wrong.is_empty();
    if refused {
        // The links lead from what was understood.
        radius = RADIUS;
        if start.is_place() {
            start = Start::Town(&TOWNS[0]);
        }
        shell.notice = Some(Notice::bad(fill(t.nearby.wrong, "what", words(&wrong, lang))));
    }
    let found = if refused {
        Vec::new()
    } else {
        catalog::stores_nearby(&app, start.place(), radius).await?
    };
    let nearest = if refused || !found.is_empty() {
        None
    } else {
        let all = catalog::stores_nearby(&app, start.place(), ANYWHERE).await?;
        all.into_iter().next().and_then(Near::new)
    };
    let site = &app.config().public_url;
    let template = Nearby {
        title: match start {
            Start::Town(town) if asked.town.is_some() && !refused => fill(t.nearby.title_town, "town", town.name),
            _ => t.nearby.title.to_owned(),
        },
        canonical: match start {
            Start::Town(town) if asked.town.is_some() => format!("{site}{}", link_from(Some(town))),
            _ => format!("{site}{PATH}"),
        },
        indexed: !refused && !start.is_place(),
        towns: towns(start, radius, refused, t),
        radii: radii(start, radius, refused),
        heading: heading(start, radius, found.len(), lang),
        cut: (found.len() == MOST_NEARBY).then(|| fill(t.nearby.most, "n", MOST_NEARBY)),
        stores: found.into_iter().filter_map(Near::new).collect(),
        nearest,
        start,
        radius,
        refused,
        t,
        shell,
    };
    let status = if refused {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    page(status, &template)
}

fn words(wrong: &[FieldProblem], lang: Lang) -> String {
    let each = wrong
        .iter()
        .map(|problem| if lang.is_english() { &*problem.en } else { &*problem.es });
    each.collect::<Vec<_>>().join("; ")
}

fn heading(start: Start, radius: f64, found: usize, lang: Lang) -> String {
    let t = &lang.texts().nearby;
    let text = if found == 0 { t.none } else { t.within };
    let text = fill(text, "stores", lang.stores(found));
    fill(&fill(&text, "km", radius), "start", start.words(lang.texts()))
}

fn towns(start: Start, radius: f64, refused: bool, t: &Texts) -> Vec<Pill> {
    let chosen = |town: &Town| matches!(start, Start::Town(start) if start.key == town.key);
    let mut pills: Vec<Pill> = TOWNS
        .iter()
        .map(|town| Pill {
            name: town.name.to_owned(),
            count: None,
            link: Start::Town(town).link(radius),
            chosen: chosen(town) && !refused,
        })
        .collect();
    if start.is_place() && !refused {
        pills.push(Pill {
            name: t.nearby.chosen_place.to_owned(),
            count: None,
            link: start.link(radius),
            chosen: true,
        });
    }
    pills
}

/// The usual ones, and the one that was asked for if it is none of them.
fn radii(start: Start, radius: f64, refused: bool) -> Vec<Pill> {
    let mut all = RADII.to_vec();
    if !refused && !all.contains(&radius) {
        all.push(radius);
        all.sort_by(f64::total_cmp);
    }
    let pill = |km: f64| Pill {
        name: format!("{km} km"),
        count: None,
        link: start.link(km),
        chosen: (km - radius).abs() < f64::EPSILON && !refused,
    };
    all.into_iter().map(pill).collect()
}

/// As precise as somebody on the way needs it: "350 m", "4.2 km", "23 km".
fn distance(km: f64) -> String {
    if km < 0.995 {
        format!("{:.0} m", (km * 100.0).round() * 10.0)
    } else if km < 9.95 {
        format!("{km:.1} km")
    } else {
        format!("{km:.0} km")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_as_precise_as_they_need_to_be() {
        let said = [0.0, 0.004, 0.349, 0.994, 0.996, 4.24, 9.94, 9.96, 231.7].map(distance);
        assert_eq!(
            said,
            [
                "0 m", "0 m", "350 m", "990 m", "1.0 km", "4.2 km", "9.9 km", "10 km", "232 km"
            ]
        );
    }

    #[test]
    fn a_radius_of_ones_own_is_among_the_choices() {
        let start = Start::Town(&TOWNS[0]);
        let names = |radius| {
            radii(start, radius, false)
                .into_iter()
                .map(|pill| (pill.name, pill.chosen))
        };
        let own: Vec<_> = names(7.5).collect();
        assert_eq!((own.len(), &own[1]), (6, &("7.5 km".to_owned(), true)));
        assert_eq!(names(25.0).filter(|(_, chosen)| *chosen).count(), 1);
        assert_eq!(names(25.0).count(), RADII.len());
    }
}
