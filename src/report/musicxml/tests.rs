use super::*;

fn song(notes: &[(usize, usize, usize)]) -> Vec<Vec<u16>> {
    let shape = RollShape::THESIS;
    let mut song = vec![Vec::new(); shape.measures()];
    for &(measure, step, pitch) in notes {
        song[measure].push(shape.cell(step, pitch - usize::from(shape.lowest_pitch())));
    }
    song.iter_mut().for_each(|measure| measure.sort_unstable());
    song
}

fn sheet(notes: &[(usize, usize, usize)]) -> String {
    sheet_in(TimeSignature::COMMON, notes)
}

fn sheet_in(signature: TimeSignature, notes: &[(usize, usize, usize)]) -> String {
    let heading = Heading { title: "One & <two>".into(), tempo: 120, signature };
    render(&song(notes), &RollShape::THESIS, &heading)
}

fn hands(notes: &[(usize, usize, usize)]) -> Vec<[Vec<u8>; 2]> {
    let measures = hands::split(&song(notes), &RollShape::THESIS);
    measures.into_iter().flatten().map(|attack| attack.hands).collect()
}

#[test]
fn melody_over_a_bass_is_split_between_two_hands() {
    let found =
        hands(&[(0, 0, 40), (0, 0, 76), (0, 24, 74), (0, 48, 43), (0, 48, 72), (0, 72, 45)]);
    let expected =
        [[vec![76], vec![40]], [vec![74], vec![]], [vec![72], vec![43]], [vec![], vec![45]]];
    assert_eq!(found, expected);
}

#[test]
fn chord_wider_than_a_hand_is_split() {
    let found = hands(&[(0, 0, 48), (0, 0, 55), (0, 0, 64), (0, 0, 72), (0, 0, 79)]);
    let span = |hand: &Vec<u8>| hand.last().unwrap_or(&0) - hand.first().unwrap_or(&0);
    assert!(found[0].iter().all(|hand| !hand.is_empty() && span(hand) <= 16), "{found:?}");
}

#[test]
fn each_measure_of_each_staff_is_filled_exactly() {
    let notes = [(0, 0, 60), (0, 33, 64), (0, 56, 67), (3, 6, 40), (3, 90, 41), (3, 92, 80)];
    for (beats, unit, places) in
        [(4, 4, 48), (3, 4, 36), (6, 8, 36), (5, 8, 30), (7, 16, 21), (5, 32, 15)]
    {
        let sheet = sheet_in(TimeSignature::new(beats, unit).unwrap(), &notes);
        assert!(sheet.contains(&format!("<beats>{beats}</beats><beat-type>{unit}</beat-type>")));
        assert_filled(&sheet, places);
    }
}

/// Asserts that the notes of each staff are as long as its measure.
fn assert_filled(sheet: &str, places: u32) {
    for measure in sheet.split("<measure ").skip(1) {
        for staff in ["<staff>1</staff>", "<staff>2</staff>"] {
            let notes = measure.lines().filter(|line| {
                line.starts_with("<note>") && line.contains(staff) && !line.contains("<chord/>")
            });
            let length = |line: &str| -> u32 {
                let rest = line.split("<duration>").nth(1).unwrap();
                rest.split('<').next().unwrap().parse().unwrap()
            };
            assert_eq!(notes.map(length).sum::<u32>(), places, "{measure}");
        }
    }
}

#[test]
fn note_across_a_beat_is_tied_and_a_chord_is_one_attack() {
    let sheet = sheet(&[(0, 6, 60), (0, 6, 64), (0, 60, 62)]);
    assert_eq!(
        sheet.matches("<chord/>").count() * 2,
        sheet.matches("<tie type=\"start\"").count() + 1
    );
    assert_eq!(
        sheet.matches("<tied type=\"start\"/>").count(),
        sheet.matches("<tied type=\"stop\"/>").count()
    );
}

#[test]
fn title_is_escaped() {
    assert!(sheet(&[]).contains("<work-title>One &amp; &lt;two&gt;</work-title>"));
    assert_eq!(sheet(&[]).matches("<rest measure=\"yes\"/>").count(), 32);
}

#[test]
fn unit_shorter_than_a_sixteenth_keeps_its_meter() {
    let sheet = sheet_in(TimeSignature::new(5, 32).unwrap(), &[(0, 0, 60)]);
    assert!(sheet.contains("<divisions>24</divisions>"));
    assert!(sheet.contains("<beats>5</beats><beat-type>32</beat-type>"));
    assert!(sheet.contains("<duration>15</duration>"));
}

#[test]
fn second_beat_of_six_eighths_is_one_dotted_quarter() {
    let sheet = sheet_in(TimeSignature::new(6, 8).unwrap(), &[(0, 0, 60), (0, 48, 62)]);
    let dotted = "<duration>18</duration><voice>1</voice><type>quarter</type><dot/>";
    assert_eq!(sheet.matches(dotted).count(), 2, "{sheet}");
    assert!(!sheet.contains("<tie "));
}

#[test]
fn tempo_of_compound_meters_counts_dotted_beats() {
    let mark = |beats, unit| {
        let sheet = sheet_in(TimeSignature::new(beats, unit).unwrap(), &[]);
        assert!(sheet.contains("<sound tempo=\"120\"/>"));
        sheet.split("<metronome>").nth(1).unwrap().split("</metronome>").next().unwrap().to_owned()
    };
    let plain = "<beat-unit>quarter</beat-unit><per-minute>120</per-minute>";
    assert_eq!((mark(4, 4).as_str(), mark(3, 4).as_str()), (plain, plain));
    assert_eq!(
        mark(6, 8),
        "<beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>80</per-minute>"
    );
    assert_eq!(
        mark(12, 16),
        "<beat-unit>eighth</beat-unit><beat-unit-dot/><per-minute>160</per-minute>"
    );
}

#[test]
fn anticipated_downbeat_is_written_in_the_next_measure() {
    let triplet = [(0, 72, 60), (0, 80, 62), (0, 88, 64), (0, 95, 65)];
    let sheet = sheet(&triplet);
    let measures: Vec<&str> = sheet.split("<measure ").skip(1).collect();
    let f = "<step>F</step>";
    assert!(!measures[0].contains(f) && measures[1].contains(f), "{sheet}");
    assert_eq!(measures[0].matches("<time-modification>").count(), 3);
    assert_eq!(testing::check(&sheet), (32, vec![]));
}

#[test]
fn leading_tone_of_d_minor_is_c_sharp() {
    let minor = [62, 64, 65, 67, 69, 70, 72, 62, 65, 69];
    let notes = minor.iter().enumerate().map(|(at, &pitch)| (at, 0, pitch));
    let sheet = sheet(&notes.chain([(10, 0, 61), (11, 0, 61)]).collect::<Vec<_>>());
    assert!(sheet.contains("<fifths>-1</fifths>"));
    assert_eq!(sheet.matches("<step>C</step><alter>1</alter><octave>4</octave>").count(), 2);
    assert_eq!(sheet.matches("<accidental>sharp</accidental>").count(), 2, "one per measure");
    assert!(
        sheet.contains("<step>B</step><alter>-1</alter>")
            && !sheet.contains("<step>D</step><alter>")
    );
}
