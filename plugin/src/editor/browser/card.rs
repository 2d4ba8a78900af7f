//! An instrument's card: Markdown as far as cards use it, read and drawn.
//! Window's thread.
//! Pictures and links are left out, as a window has no use for them (test: `a_card_is_read_in_blocks`).

use crate::editor::theme::Theme;
use egui::{Grid, Id, Label, RichText, ScrollArea, Ui};

/// A piece of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading under the title.
    Heading(String),
    /// A line of a list.
    Bullet(String),
    /// Lines that belong together.
    Paragraph(String),
    /// The first row is the head.
    Table(Vec<Vec<String>>),
}

/// Reads a card. Its title is left out: whoever shows it knows it.
pub fn read(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with("![") || trimmed.starts_with("# ") {
            is_open = false;
        } else if let Some(heading) = trimmed.strip_prefix("##") {
            blocks.push(Block::Heading(plain(heading.trim_start_matches('#').trim())));
            is_open = false;
        } else if trimmed.starts_with('|') {
            let cells: Vec<String> = trimmed.trim_matches('|').split('|').map(|cell| plain(cell.trim())).collect();
            let is_rule = cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|letter| "-:".contains(letter)));
            match blocks.last_mut() {
                Some(Block::Table(rows)) if is_open => {
                    if !is_rule {
                        rows.push(cells);
                    }
                }
                _ => blocks.push(Block::Table(vec![cells])),
            }
            is_open = true;
        } else if let Some(bullet) = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")) {
            blocks.push(Block::Bullet(plain(bullet)));
            is_open = true;
        } else {
            match blocks.last_mut() {
                Some(Block::Bullet(text) | Block::Paragraph(text)) if is_open => {
                    text.push(' ');
                    text.push_str(&plain(trimmed));
                }
                _ => blocks.push(Block::Paragraph(plain(trimmed))),
            }
            is_open = true;
        }
    }
    // A picture's caption or a heading alone says nothing.
    blocks.retain(|block| !matches!(block, Block::Paragraph(text) if text.is_empty()));
    let is_heading = |block: Option<&Block>| matches!(block, None | Some(Block::Heading(_)));
    let lonely: Vec<bool> =
        (0..blocks.len()).map(|index| is_heading(blocks.get(index)) && is_heading(blocks.get(index + 1))).collect();
    let mut places = lonely.into_iter();
    blocks.retain(|_| !places.next().unwrap_or_default());
    blocks
}

/// Words without Markdown's signs: emphasis, code, and of links what they say.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find('[') {
        let after = &rest[begin + 1..];
        let link = after.find("](").and_then(|middle| Some((middle, middle + after[middle..].find(')')?)));
        match link {
            Some((middle, end)) => {
                out.push_str(&rest[..begin]);
                out.push_str(&after[..middle]);
                rest = &after[end + 1..];
            }
            None => break,
        }
    }
    out.push_str(rest);
    out.replace("**", "").replace('`', "")
}

/// Draws a card, as wide as there is room.
pub fn draw(ui: &mut Ui, theme: &Theme, blocks: &[Block]) {
    let (body, small, palette) = (theme.body(), theme.small(), theme.palette);
    for (index, block) in blocks.iter().enumerate() {
        match block {
            Block::Heading(text) => {
                ui.add_space(theme.scaled(6.0));
                super::pieces::heading(ui, theme, text);
            }
            Block::Paragraph(text) => {
                ui.add(Label::new(RichText::new(text).font(body.clone())).wrap());
            }
            Block::Bullet(text) => {
                ui.horizontal_top(|ui| {
                    ui.label(RichText::new("•").font(body.clone()).color(palette.faint));
                    ui.add(Label::new(RichText::new(text).font(body.clone())).wrap());
                });
            }
            Block::Table(rows) => {
                let id = Id::unique(("card table", index));
                ScrollArea::horizontal().id_salt(id).show(ui, |ui| {
                    Grid::new(id).spacing([theme.scaled(14.0), theme.scaled(2.0)]).show(ui, |ui| {
                        for (place, row) in rows.iter().enumerate() {
                            let colour = if place == 0 { palette.faint } else { palette.text };
                            for cell in row {
                                ui.label(RichText::new(cell).font(small.clone()).color(colour));
                            }
                            ui.end_row();
                        }
                    });
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_read_in_blocks() {
        let text = "# Cello\n\n- Pitch: **C2** to `C6`,\n  and more.\n- Second\n\n## Figures\n\n| a | b |\n|---|--:|\n| 1 | \
                    [two](x.ogg) |\n\n## Compare\n\n![Picture](x.png)\n\n## What it does badly\n\nWords\nin two lines.\n";
        let blocks = read(text);
        assert_eq!(
            blocks,
            [
                Block::Bullet("Pitch: C2 to C6, and more.".into()),
                Block::Bullet("Second".into()),
                Block::Heading("Figures".into()),
                Block::Table(vec![vec!["a".into(), "b".into()], vec!["1".into(), "two".into()]]),
                Block::Heading("What it does badly".into()),
                Block::Paragraph("Words in two lines.".into()),
            ]
        );
    }

    #[test]
    fn every_shipped_card_has_something_to_say() {
        let instruments = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/instruments");
        let mut count = 0;
        for folder in std::fs::read_dir(instruments).unwrap() {
            let blocks = read(&std::fs::read_to_string(folder.unwrap().path().join("CARD.md")).unwrap());
            assert!(blocks.contains(&Block::Heading("What it does badly".into())));
            assert!(blocks.iter().any(|block| matches!(block, Block::Table(rows) if rows.len() > 3)));
            count += 1;
        }
        println!("{count} cards");
        assert!(count >= 12);
    }
}
