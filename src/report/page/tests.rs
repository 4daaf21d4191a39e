use super::*;
use crate::metrics::form::{self, Form, SectionName};
use crate::metrics::judges::Verdict;
use crate::metrics::latent::Expected;
use crate::metrics::{Quartiles, Score};
use std::collections::BTreeSet;

/// Creates a report with `text` in every text field.
fn report(text: &'static str) -> Report {
    let label = text;
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
    let series = Series::line(&text(), points);
    let curve = Chart::over_epochs(&text(), &text(), vec![series.clone(), series]);
    let song = SongCard {
        title: text(),
        png: vec![1, 2],
        has_melody: true,
        features: vec![both()],
        form: Form {
            motifs: vec![Some(0), Some(0), None],
            sections: vec![form::Section { first: 0, measures: 2, name: SectionName::Verse }],
        },
        time: SongTime { seconds: 32.0, measures: 16, beats: 4, roll_extent: [0.0, 1.0] },
        midi: b"MThd".into(),
        musicxml: b"<score-partwise/>".into(),
        npy: vec![6],
    };
    let comparison = Comparison { title: text(), png: vec![3], f1: 0.5 };
    let distance = FeatureDistance { wasserstein: Some(1.0), overlap: Some(0.5) };
    let feature = FeatureRow {
        label: text(),
        about: text(),
        generated: Some(quartiles),
        real: Some(quartiles),
        is_key: true,
        generated_distance: distance,
        training_distance: distance,
    };
    let share = Some(0.5);
    let test = TwoSampleRow {
        set: SongSet::Generated,
        name: text(),
        about: text(),
        count: 3,
        nearest_accuracy: share,
        classifier_accuracy: share,
        precision: share,
        recall: share,
        coverage: share,
    };
    let judge = JudgeRow {
        name: text(),
        about: text(),
        is_worst: true,
        generated: Some(Verdict { accuracy: 0.5, low: 0.25, high: 0.75 }),
        reconstructed: share,
        train: share,
        shuffled: share,
        null: share,
        power: share,
    };
    let judges = Judges {
        side: text(),
        songs: 3,
        others: 3,
        moved: 0.05,
        coder: text(),
        rows: vec![judge.clone(), judge],
    };
    let histogram =
        HistogramRow { set: SongSet::Generated, name: text(), shares: vec![0.5, 0.5], distance };
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
        aligned: text(),
        generated: vec![4],
        sample: vec![5],
    };
    let similarities = Similarities { generated: Some(quartiles), real: Some(quartiles) };
    let copying = Copying {
        exact: similarities,
        aligned: similarities,
        check: text(),
        pairs: vec![pair.clone(), pair],
    };
    let dots = vec![(0.0, 1.0), (1.0, f64::NAN)];
    let chart = Chart {
        title: text(),
        x_label: text(),
        y_label: text(),
        shows_last: false,
        series: vec![
            Series { name: text(), dots: true, points: dots },
            Series::line(&text(), vec![(0.0, 1.0), (1.0, 2.0)]),
        ],
    };
    let expected = Expected {
        onsets: 300.0,
        pitch_mean: 60.0,
        pitch_class_entropy: 2.5,
        scale_consistency: 0.75,
    };
    let steps = vec![(-2.0, expected); 2];
    let component = ComponentRow { title: text(), share: 0.25, steps, png: vec![7] };
    let latent = LatentSpace {
        summary: text(),
        charts: vec![chart.clone(), chart],
        components: vec![component.clone(), component],
        interpolation: Some(vec![8]),
    };
    Report {
        title: text(),
        subtitle: text(),
        facts: vec![both(), both()],
        headlines: vec![Headline { label, value: text(), note: text() }],
        reconstruction: vec![row.clone(), row],
        curves: vec![curve.clone(), curve],
        songs: vec![song.clone(), song],
        form: text(),
        comparisons: vec![comparison.clone(), comparison],
        features: vec![feature.clone(), feature],
        judges,
        two_sample: vec![test.clone(), test],
        histograms: vec![histograms(true), histograms(false)],
        copying,
        latent: Some(latent),
        parameters: vec![(text(), vec![both()]), (text(), Vec::new())],
    }
}

/// Returns all values of an attribute on the page.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn no_text_becomes_markup() {
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
    let without: [fn(&mut Report); 31] = [
        |report| report.title.clear(),
        |report| report.subtitle.clear(),
        |report| report.facts[1].0.clear(),
        |report| report.facts[1].1.clear(),
        |report| report.headlines[0].note.clear(),
        |report| report.reconstruction[1].about.clear(),
        |report| report.reconstruction[1].name.clear(),
        |report| report.curves[1].y_label.clear(),
        |report| report.curves[1].series[1].name.clear(),
        |report| report.form.clear(),
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
        |report| report.copying.pairs[1].aligned.clear(),
        |report| report.copying.pairs[1].title.clear(),
        |report| report.copying.pairs[1].nearest.clear(),
        |report| report.latent.as_mut().unwrap().summary.clear(),
        |report| report.latent.as_mut().unwrap().charts[1].title.clear(),
        |report| report.latent.as_mut().unwrap().charts[1].x_label.clear(),
        |report| report.latent.as_mut().unwrap().charts[1].y_label.clear(),
        |report| report.latent.as_mut().unwrap().charts[1].series[1].name.clear(),
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
fn page_loads_nothing_from_elsewhere() {
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
fn only_a_page_with_songs_runs_scripts_and_only_its_own() {
    let html = render(&report("text"));
    let policy = html.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(attributes(&html, "nonce"), [policy; 4]);
    assert!(!html.contains(" onclick=") && !html.contains("javascript:"));
    assert_ne!(attributes(&render(&report("other")), "nonce")[0], policy);
    let silent = render(&Report { songs: Vec::new(), ..report("text") });
    assert!(!silent.contains("<script") && !silent.contains("script-src"));
}

#[test]
fn ids_are_unique_and_every_reference_has_a_target() {
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
fn heading_levels_descend_one_by_one_below_a_single_h1() {
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
fn empty_report_is_a_page_without_sections() {
    let html = render(&Report::default());
    assert!(html.contains("<h1>Report</h1>") && html.ends_with("</html>\n"));
    assert!(!html.contains("<section") && !html.contains("<nav") && !html.contains("<h2"));
}

#[test]
fn empty_list_omits_its_section() {
    let full = render(&report("text")).matches("<section").count();
    let clear: [fn(&mut Report); 11] = [
        |report| report.headlines.clear(),
        |report| report.reconstruction.clear(),
        |report| report.curves.clear(),
        |report| report.songs.clear(),
        |report| report.comparisons.clear(),
        |report| report.features.clear(),
        |report| report.judges = Judges::default(),
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
