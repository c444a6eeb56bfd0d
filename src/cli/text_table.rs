//! Columns of text, aligned for a terminal. Chinese characters count as two columns.

/// How a column stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Lines with the columns aligned, the heading first; two spaces between columns, none at
/// the end of a line. Rows shorter than the heading are filled up with nothing.
pub(super) fn table(heading: &[(&str, Align)], rows: &[Vec<String>]) -> Vec<String> {
    let titles: Vec<String> = heading.iter().map(|(title, _)| (*title).to_owned()).collect();
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| {
            let cells = rows.iter().map(|row| columns(&cell(row, column)));
            cells.chain([columns(&titles[column])]).max().unwrap_or(0)
        })
        .collect();
    std::iter::once(&titles)
        .chain(rows)
        .map(|row| {
            let cells: Vec<String> = heading
                .iter()
                .enumerate()
                .map(|(column, (_, align))| {
                    let text = cell(row, column);
                    let fill = " ".repeat(widths[column] - columns(&text));
                    if *align == Align::Left { text + &fill } else { fill + &text }
                })
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}

/// Terminal columns of a text: two for East Asian wide characters, else one.
pub(super) fn columns(text: &str) -> usize {
    let wide = |c: char| {
        matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
            | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
    };
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// The text cut to so many characters, on one line.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let rows = vec![vec!["退款".to_owned(), "7".to_owned()], vec!["refund".to_owned(), "12".to_owned()]];
        let lines = table(&[("class", Align::Left), ("n", Align::Right)], &rows);
        assert_eq!(lines, ["class    n", "退款     7", "refund  12"]);
        assert!(lines.iter().all(|line| columns(line) == 10));
    }

    #[test]
    fn long_text_is_cut_and_stays_on_one_line() {
        assert_eq!(shorten("a\nb", 5), "a b");
        assert_eq!(shorten("abcdef", 4), "abc…");
    }
}
