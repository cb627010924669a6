//! The name that somebody who mistyped one probably meant.

/// More differences than this are another word, not a typing error.
const MAX_DISTANCE: usize = 3;

/// Longer inputs are not typing errors, and the distance costs the product of both lengths.
const MAX_TYPED: usize = 64;

/// The one of `names` that is nearest to `typed`, letters and digits alone compared, whatever their case.
pub(crate) fn nearest<'a>(
    typed: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if typed.len() > MAX_TYPED {
        return None;
    }
    let plain = |text: &str| -> Vec<char> {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let typed = plain(typed);
    names
        .into_iter()
        .map(|name| (edit_distance(&typed, &plain(name)), name))
        .min()
        .filter(|(distance, _)| *distance <= MAX_DISTANCE)
        .map(|(_, near)| near)
}

/// Levenshtein distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
