use super::*;
use crate::metrics::{Quartiles, Score};
use std::collections::BTreeSet;

/// A report with `text` wherever a text can stand.
fn report(text: &str) -> Report {
    let both = || (String::from(text), String::from(text));
    let text = || String::from(text);
    let quartiles = Quartiles { min: 0.0, q1: 1.0, median: 2.0, q3: 3.0, max: 4.0, mean: 2.0 };
    let row = ReconstructionRow {
        name: text(),
        about: text(),
        score: Score::default(),
        average_precision: Some(0.5),
        is_baseline: true,
    };
    let points = vec![(0.0, 3.0), (1.0, f64::NAN), (2.0, 1.0)];
    let series = Series { name: text(), points };
    let curve = Curve { title: text(), unit: text(), series: vec![series.clone(), series] };
    let song = SongCard {
        title: text(),
        png: vec![1, 2],
        has_melody: true,
        features: vec![both()],
        form: SongForm {
            motifs: vec![Some(0), Some(0), None],
            sections: vec![NamedSection { first: 0, measures: 2, name: text() }],
        },
        time: SongTime { seconds: 32.0, measures: 16, beats: 4, roll_extent: [0.0, 1.0] },
        midi: b"MThd".into(),
        musicxml: b"<score-partwise/>".into(),
        npy: vec![6],
    };
    let comparison = Comparison { title: text(), png: vec![3], f1: 0.5 };
    let gap = FeatureDistance { distance: Some(1.0), overlap: Some(0.5) };
    let feature = FeatureRow {
        label: text(),
        about: text(),
        drawn: Some(quartiles),
        real: Some(quartiles),
        is_key: true,
        drawn_gap: gap,
        training_gap: gap,
    };
    let share = Some(0.5);
    let kind = TwoSampleRow {
        name: text(),
        about: text(),
        drawn: true,
        count: 3,
        neighbour: share,
        classifier: share,
        precision: share,
        recall: share,
        coverage: share,
    };
    let histogram =
        HistogramSet { name: text(), drawn: true, real: false, shares: vec![0.5, 0.5], gap };
    let histograms = |is_key| FeatureHistograms {
        label: text(),
        is_key,
        low: 0.0,
        high: 2.0,
        sets: vec![histogram.clone(), histogram.clone()],
    };
    let pair = NearestPair {
        title: text(),
        nearest: text(),
        similarity: 0.5,
        moved: text(),
        drawn: vec![4],
        sample: vec![5],
    };
    let copying = Copying {
        drawn: Some(quartiles),
        real: Some(quartiles),
        drawn_moved: Some(quartiles),
        real_moved: Some(quartiles),
        check: text(),
        pairs: vec![pair.clone(), pair],
    };
    let plot = Plot {
        title: text(),
        x_label: text(),
        y_label: text(),
        series: vec![
            PlotSeries { name: text(), dots: true, points: vec![(0.0, 1.0), (1.0, f64::NAN)] },
            PlotSeries { name: text(), dots: false, points: vec![(0.0, 1.0), (1.0, 2.0)] },
        ],
    };
    let step = ComponentStep {
        deviations: -2.0,
        onsets: 300.0,
        pitch_mean: 60.0,
        pitch_class_entropy: 2.5,
        scale_consistency: 0.75,
    };
    let component =
        ComponentRow { title: text(), share: 0.25, steps: vec![step, step], png: vec![7] };
    let latent = LatentSpace {
        summary: text(),
        plots: vec![plot.clone(), plot],
        components: vec![component.clone(), component],
        between: Some(vec![8]),
    };
    Report {
        title: text(),
        subtitle: text(),
        facts: vec![both(), both()],
        headlines: vec![Headline { label: text(), value: text(), note: text() }],
        reconstruction: vec![row.clone(), row],
        curves: vec![curve.clone(), curve],
        songs: vec![song.clone(), song],
        form: text(),
        comparisons: vec![comparison.clone(), comparison],
        features: vec![feature.clone(), feature],
        two_sample: vec![kind.clone(), kind],
        histograms: vec![histograms(true), histograms(false)],
        copying,
        latent: Some(latent),
        parameters: vec![(text(), vec![both()]), (text(), Vec::new())],
    }
}

/// Values of an attribute, everywhere on the page.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn no_text_can_become_markup() {
    let evil = "<script src=\"http://evil\">alert('&')</script>";
    let html = render(&report(evil));
    let plain = render(&report("plain"));
    assert!(!html.contains("<script src") && !html.contains("\"http://evil"));
    assert_eq!(html.matches("<script").count(), html.matches("<script nonce=\"").count());
    assert!(html.contains("&lt;script src=&quot;http://evil&quot;&gt;alert(&#39;&amp;&#39;)"));
    for character in ['<', '>', '"'] {
        let count = |html: &str| html.matches(character).count();
        assert_eq!(count(&html), count(&plain), "{character}");
    }
}

#[test]
fn every_text_is_shown() {
    let count = |html: &str| html.matches("needle").count();
    let whole = count(&render(&report("needle")));
    assert!(whole > 30, "{whole}");
    let without: [fn(&mut Report); 32] = [
        |report| report.title.clear(),
        |report| report.subtitle.clear(),
        |report| report.facts[1].0.clear(),
        |report| report.facts[1].1.clear(),
        |report| report.headlines[0].note.clear(),
        |report| report.reconstruction[1].about.clear(),
        |report| report.reconstruction[1].name.clear(),
        |report| report.curves[1].unit.clear(),
        |report| report.curves[1].series[1].name.clear(),
        |report| report.form.clear(),
        |report| report.songs[1].form.sections[0].name.clear(),
        |report| report.songs[1].title.clear(),
        |report| report.songs[1].features[0].1.clear(),
        |report| report.comparisons[1].title.clear(),
        |report| report.features[1].label.clear(),
        |report| report.features[1].about.clear(),
        |report| report.two_sample[1].name.clear(),
        |report| report.two_sample[1].about.clear(),
        |report| report.histograms[1].label.clear(),
        |report| report.histograms[1].sets[1].name.clear(),
        |report| report.copying.check.clear(),
        |report| report.copying.pairs[1].moved.clear(),
        |report| report.copying.pairs[1].title.clear(),
        |report| report.copying.pairs[1].nearest.clear(),
        |report| report.latent.as_mut().unwrap().summary.clear(),
        |report| report.latent.as_mut().unwrap().plots[1].title.clear(),
        |report| report.latent.as_mut().unwrap().plots[1].x_label.clear(),
        |report| report.latent.as_mut().unwrap().plots[1].y_label.clear(),
        |report| report.latent.as_mut().unwrap().plots[1].series[1].name.clear(),
        |report| report.latent.as_mut().unwrap().components[1].title.clear(),
        |report| report.parameters[0].1[0].1.clear(),
        |report| report.parameters[1].0.clear(),
    ];
    for (at, clear) in without.into_iter().enumerate() {
        let mut report = report("needle");
        clear(&mut report);
        assert!(count(&render(&report)) < whole, "text {at} is not shown");
    }
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let html = render(&report("text"));
    let links = [attributes(&html, "src"), attributes(&html, "href")].concat();
    assert!(links.len() > 10);
    for link in links {
        assert!(link.starts_with("data:") || link.starts_with('#'), "{link}");
    }
    for reference in ["http:", "https:", "@import", "url("] {
        assert!(!html.contains(reference), "{reference}");
    }
}

#[test]
fn only_a_page_with_songs_runs_scripts_and_no_others_than_its_own() {
    let html = render(&report("text"));
    let policy = html.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(attributes(&html, "nonce"), [policy; 4]);
    assert!(!html.contains(" onclick=") && !html.contains("javascript:"));
    assert_ne!(attributes(&render(&report("other")), "nonce")[0], policy);
    let silent = render(&Report { songs: Vec::new(), ..report("text") });
    assert!(!silent.contains("<script") && !silent.contains("script-src"));
}

#[test]
fn ids_are_unique_and_every_reference_has_its_target() {
    let html = render(&report("same"));
    let ids = attributes(&html, "id");
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len());
    let fragments = attributes(&html, "href").into_iter().filter_map(|link| link.strip_prefix('#'));
    for target in fragments.chain(attributes(&html, "aria-labelledby")) {
        assert!(distinct.contains(target), "{target}");
    }
}

#[test]
fn headings_go_down_one_level_at_a_time_under_one_h1() {
    let html = render(&report("text"));
    let levels: Vec<u32> = html
        .split("<script")
        .next()
        .unwrap()
        .split("<h")
        .filter_map(|rest| rest.chars().next()?.to_digit(10))
        .collect();
    assert_eq!(levels.iter().filter(|&&level| level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
}

#[test]
fn elements_are_closed_in_order() {
    let html = render(&report("text"));
    let (html, scripts) = html.split_once("<script").unwrap();
    assert!(scripts.ends_with("</script>\n</body>\n</html>\n"));
    let html = format!("{html}</body>\n</html>\n");
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(2).filter_map(|rest| rest.split('>').next()) {
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        match tag {
            _ if ["meta", "link", "img", "br", "input"].contains(&name) || tag.ends_with('/') => {}
            _ if tag.starts_with('/') => assert_eq!(open.pop(), Some(name), "{tag}"),
            _ => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn an_empty_report_is_a_page_without_sections() {
    let html = render(&Report::default());
    assert!(html.contains("<h1>Report</h1>") && html.ends_with("</html>\n"));
    assert!(!html.contains("<section") && !html.contains("<nav") && !html.contains("<h2"));
}

#[test]
fn an_empty_list_leaves_its_section_out() {
    let full = render(&report("text")).matches("<section").count();
    let clear: [fn(&mut Report); 10] = [
        |report| report.headlines.clear(),
        |report| report.reconstruction.clear(),
        |report| report.curves.clear(),
        |report| report.songs.clear(),
        |report| report.comparisons.clear(),
        |report| report.features.clear(),
        |report| report.two_sample.clear(),
        |report| report.copying = Copying::default(),
        |report| report.latent = None,
        |report| report.parameters.clear(),
    ];
    assert_eq!(full, clear.len());
    for clear in clear {
        let mut report = report("text");
        clear(&mut report);
        assert_eq!(render(&report).matches("<section").count(), full - 1);
    }
}

#[test]
fn equal_reports_give_equal_bytes() {
    assert_eq!(render(&report("text")), render(&report("text")));
}
