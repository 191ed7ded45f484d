//! What a rating is, who may give one, and why one may be refused.

use sea_orm::DbErr;

use crate::db::MayConflict;

units::id! {
    /// A row of `ratings`.
    RatingId,
}

/// Most characters of a comment.
pub const COMMENT_MOST: usize = 1_000;

/// A rating as everybody sees it: nothing of its author's account but a first name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// Row id.
    pub id: RatingId,
    /// 1 to 5.
    pub stars: i64,
    /// May be empty.
    pub comment: String,
    /// First name and an initial.
    pub author: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds; later than `created_at` once it was changed.
    pub updated_at: i64,
}

impl Rating {
    /// 1 to 5, for templates.
    pub fn stars(&self) -> i64 {
        self.stars
    }

    /// Was it changed after it had been given?
    pub fn is_edited(&self) -> bool {
        self.updated_at > self.created_at
    }
}

/// What somebody wants to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRating {
    /// 1 to 5.
    pub stars: i64,
    /// At most [`COMMENT_MOST`] characters; trimmed.
    pub comment: String,
}

impl NewRating {
    /// Trimmed, once its stars and its length are right.
    pub(super) fn checked(&self) -> Result<Self, RatingError> {
        // Browsers send line breaks as two characters and count them as one.
        let comment = self.comment.trim().replace("\r\n", "\n");
        let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
        if !(1..=5).contains(&self.stars) {
            Err(RatingError::Stars)
        } else if comment.chars().count() > COMMENT_MOST || comment.contains(odd) {
            Err(RatingError::Comment)
        } else {
            Ok(Self {
                stars: self.stars,
                comment,
            })
        }
    }
}

/// How many gave each number of stars, one star first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread(pub [i64; 5]);

/// The mean of the stars and of how many it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average {
    /// 1 to 5.
    pub stars: f64,
    /// At least 1.
    pub count: i64,
}

impl Spread {
    /// How many there are.
    pub fn count(&self) -> i64 {
        self.0.iter().sum()
    }

    /// The mean; none without ratings.
    pub fn average(&self) -> Option<Average> {
        let count = self.count();
        let sum: i64 = (1..).zip(self.0).map(|(stars, n)| stars * n).sum();
        (count > 0).then(|| Average {
            stars: sum as f64 / count as f64,
            count,
        })
    }
}

impl Average {
    /// Whole stars.
    pub fn rounded(&self) -> i64 {
        self.stars.round() as i64
    }
}

/// One page of ratings with what all of them come to.
#[derive(Clone, Debug)]
pub struct RatingList {
    /// The newest first.
    pub ratings: Vec<Rating>,
    /// Of all pages.
    pub spread: Spread,
    /// Ask for those before this one, when there are more.
    pub next: Option<RatingId>,
}

/// May somebody rate a product?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Yes.
    Rate,
    /// Once an order with it has been received.
    OnceReceived,
    /// Nobody rates what they sell.
    NotOwn,
}

/// A rating was refused; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RatingError {
    /// Not on sale.
    #[error("no such product is on sale")]
    UnknownProduct,
    /// Not by this user.
    #[error("not allowed: {0:?}")]
    NotAllowed(May),
    /// There is none of theirs.
    #[error("no rating to change")]
    None,
    /// Not 1 to 5.
    #[error("stars are 1 to 5")]
    Stars,
    /// Too long, or with characters nobody types.
    #[error("a comment takes at most {COMMENT_MOST} characters")]
    Comment,
    /// The database.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

impl MayConflict for RatingError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

/// How an account's name is shown to strangers: "María G.".
pub fn author(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default();
    match words.next().and_then(|word| word.chars().next()) {
        Some(initial) => format!("{first} {}.", initial.to_uppercase()),
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_see_a_first_name_and_an_initial() {
        for (name, shown) in [
            ("María Guzmán López", "María G."),
            ("  ana   zavala ", "ana Z."),
            ("Itzel", "Itzel"),
            ("José ñandú", "José Ñ."),
            ("", ""),
        ] {
            assert_eq!(author(name), shown);
        }
    }

    #[test]
    fn the_average_is_of_all_stars() {
        assert_eq!(Spread::default().average(), None);
        let average = Spread([1, 0, 0, 0, 3]).average().unwrap();
        assert_eq!((average.stars, average.count), (4.0, 4));
    }

    #[test]
    fn comments_are_trimmed_and_bounded_by_characters() {
        let of = |stars, comment: String| NewRating { stars, comment }.checked();
        let fits = "ñ".repeat(COMMENT_MOST);
        assert_eq!(of(5, format!("  {fits}\n")).unwrap().comment, fits);
        assert_eq!(of(1, "a\r\nb".into()).unwrap().comment, "a\nb");
        assert!(matches!(of(5, format!("{fits}x")), Err(RatingError::Comment)));
        assert!(matches!(of(5, "\u{7}".into()), Err(RatingError::Comment)));
        assert!(matches!(of(0, String::new()), Err(RatingError::Stars)));
        assert!(matches!(of(6, String::new()), Err(RatingError::Stars)));
    }
}
