//! `count(*)` where nothing is grouped.
//!
//! The SQL of polars 0.46 answers it with as many rows as the table has. Counting a column without gaps
//! gives the same number, and one row.

/// The query with each `count(*)` as `count("column")`, named `count` where it has no name of its own.
/// Queries that group or use windows are answered rightly, and stay as they are.
pub(super) fn rewrite_count_star(query: &str, column: &str) -> String {
    let words: Vec<String> = bare_words(query);
    if words.iter().any(|word| word == "group" || word == "over") {
        return query.to_owned();
    }
    let mut answer = String::new();
    let mut rest = query;
    while let Some((before, after)) = next_count(rest) {
        answer.push_str(before);
        answer.push_str(&format!("count(\"{}\")", column.replace('"', "\"\"")));
        let following = after.trim_start().to_lowercase();
        if following.starts_with(',') || following.starts_with("from") {
            answer.push_str(" as count");
        }
        rest = after;
    }
    answer + rest
}

/// What stands before and after the first `count(*)` outside quotes.
fn next_count(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None => {
                let inside_a_word = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if let Some(after) = after_count(&text[at..]).filter(|_| !inside_a_word) {
                    return Some((&text[..at], after));
                }
            }
        }
    }
    None
}

/// What follows a `count(*)` that the text begins with.
fn after_count(text: &str) -> Option<&str> {
    let head = text.get(..5).filter(|head| head.eq_ignore_ascii_case("count"))?;
    let mut rest = &text[head.len()..];
    for mark in ['(', '*', ')'] {
        rest = rest.trim_start().strip_prefix(mark)?;
    }
    Some(rest)
}

/// Lower-case words outside quotes.
fn bare_words(query: &str) -> Vec<String> {
    let outside = query.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let words = outside.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_all_rows_counts_a_column() {
        let cases = [
            ("select count(*) from self", "select count(\"p\") as count from self"),
            ("select COUNT( * ) as n from self", "select count(\"p\") as n from self"),
            (
                "select 'count(*)', discount(*) from self",
                "select 'count(*)', discount(*) from self",
            ),
            ("select a, count(*) from self group by a", "select a, count(*) from self group by a"),
            ("select a from self", "select a from self"),
        ];
        for (query, expected) in cases {
            assert_eq!(rewrite_count_star(query, "p"), expected);
        }
    }
}
