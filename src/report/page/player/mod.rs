//! Controls and downloads of a song, and the scripts behind them.
//!
//! The scripts need no library and no server. They find the song by the card that was clicked, and decode a song's
//! files only on demand, so that a hundred songs load as fast as one. Without scripts, and on paper, the page
//! is complete except for sound and packed downloads; the MIDI files remain available.
//!
//! | file | purpose |
//! |---|---|
//! | `midi.js` | reads notes from a MIDI file |
//! | `synthesiser.js` | turns notes into sound |
//! | `player.js` | plays, pauses, seeks; moves the playhead |
//! | `files.js` | saves packed downloads |

use super::SongCard;
use crate::report::escape::{escape, file_stem};
use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

const SCRIPTS: [&str; 4] = [
    include_str!("midi.js"),
    include_str!("synthesiser.js"),
    include_str!("player.js"),
    include_str!("files.js"),
];

/// Returns all scripts of the page; the browser runs only scripts with the page's `nonce`.
pub(super) fn scripts(nonce: &str) -> String {
    SCRIPTS.map(|script| format!("<script nonce=\"{nonce}\">\n{script}</script>\n")).concat()
}

/// Renders the play button, the position slider and the clock. Shown only if scripts run.
pub(super) fn controls(song: &SongCard) -> String {
    let title = escape(&song.title);
    let last = song.time.measures * song.time.beats;
    let seconds = song.time.seconds.round();
    let (minutes, seconds) = (seconds / 60.0, seconds % 60.0);
    format!(
        "<div class=\"player\">\
         <button type=\"button\" class=\"play\" aria-label=\"Play {title}\"></button>\
         <input type=\"range\" class=\"place\" min=\"0\" max=\"{last}\" step=\"1\" value=\"0\" \
         aria-label=\"Position in {title}\" aria-valuetext=\"measure 1, beat 1\">\
         <span class=\"clock\" role=\"status\" aria-live=\"off\">0:00 / {:.0}:{seconds:02}</span></div>\n",
        minutes.floor(),
    )
}

/// Returns the attributes of a song's card that the scripts read.
pub(super) fn timing(song: &SongCard) -> String {
    let [from, to] = song.time.roll_extent;
    let (seconds, beats) = (song.time.seconds, song.time.beats);
    format!(
        " data-seconds=\"{seconds}\" data-beats=\"{beats}\" data-from=\"{from:.6}\" data-to=\"{to:.6}\""
    )
}

/// Renders links and buttons for a song's files. The MIDI file, which the player also reads, is stored as it is; the
/// others, which are long and repetitive, are compressed.
pub(super) fn downloads(song: &SongCard) -> String {
    let (title, stem) = (escape(&song.title), file_stem(&song.title));
    let of = format!("<span class=\"unseen\"> of {title}</span>");
    let packed = |name: &str, extension: &str, kind: &str, bytes: &[u8]| {
        let data = BASE64_STANDARD.encode(pack(bytes));
        format!(
            "<button type=\"button\" class=\"button\" data-file=\"{stem}.{extension}\" \
             data-type=\"{kind}\" data-packed=\"{data}\">{name}{of}</button>"
        )
    };
    format!(
        "<span class=\"downloads\">{}{}{}</span>",
        midi_link(song),
        packed("MusicXML", "musicxml", "application/vnd.recordare.musicxml+xml", &song.musicxml),
        packed("NumPy", "npy", "application/octet-stream", &song.npy),
    )
}

/// Renders the link to a song's MIDI file, which the player reads.
pub(super) fn midi_link(song: &SongCard) -> String {
    let (title, stem) = (escape(&song.title), file_stem(&song.title));
    format!(
        "<a class=\"button\" download=\"{stem}.mid\" \
         href=\"data:audio/midi;base64,{midi}\">MIDI<span class=\"unseen\"> of {title}</span></a>",
        midi = BASE64_STANDARD.encode(&song.midi),
    )
}

/// Compresses bytes as a zlib stream, which browsers can decompress.
fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.unwrap_or_else(|_| unreachable!("writing to memory cannot fail"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::form::Form;
    use crate::report::page::SongTime;

    fn song() -> SongCard {
        SongCard {
            title: "a <b>".into(),
            png: Vec::new(),
            has_melody: false,
            features: Vec::new(),
            form: Form { motifs: Vec::new(), sections: Vec::new() },
            time: SongTime { seconds: 64.5, measures: 16, beats: 3, roll_extent: [0.25, 1.0] },
            midi: b"MThd".to_vec(),
            musicxml: b"<score-partwise/>".repeat(100),
            npy: vec![0; 147_456],
        }
    }

    fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
        text.split_once(from).unwrap().1.split_once(to).unwrap().0
    }

    #[test]
    fn slider_counts_beats_and_clock_counts_minutes() {
        let html = controls(&song());
        assert_eq!(between(&html, "max=\"", "\""), "48");
        assert!(html.contains("0:00 / 1:05") && html.contains("Play a &lt;b&gt;"), "{html}");
        let expected =
            " data-seconds=\"64.5\" data-beats=\"3\" data-from=\"0.250000\" data-to=\"1.000000\"";
        assert_eq!(timing(&song()), expected);
    }

    #[test]
    fn packed_file_is_small_and_unpacks_unchanged() {
        let html = downloads(&song());
        assert!(html.contains("download=\"a-b.mid\" href=\"data:audio/midi;base64,TVRoZA==\""));
        for (extension, bytes) in [("musicxml", song().musicxml), ("npy", song().npy)] {
            let (_, button) = html.split_once(&format!("data-file=\"a-b.{extension}\"")).unwrap();
            let packed = between(button, "data-packed=\"", "\"");
            assert!(packed.len() < bytes.len() / 8, "{extension}: {}", packed.len());
            let packed = BASE64_STANDARD.decode(packed).unwrap();
            let mut found = Vec::new();
            let mut decoder = flate2::read::ZlibDecoder::new(packed.as_slice());
            std::io::Read::read_to_end(&mut decoder, &mut found).unwrap();
            assert!(found == bytes, "{extension}");
        }
    }

    #[test]
    fn scripts_are_strict_and_contain_no_end_tag() {
        for script in SCRIPTS {
            assert!(script.starts_with("'use strict';\n"));
            assert!(!script.contains("</script") && !script.contains("<!--"));
        }
    }
}
