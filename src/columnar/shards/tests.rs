use std::path::PathBuf;

use arrow::buffer::Buffer;

use super::{SampleFile, SampleMeta, SampleSet, ShardWriter, Split, sample_shard};
use crate::columnar::fixture::{SHAPE, measures, sample_rows, shards, shards_of, written};
use crate::music::roll::RollShape;

/// The error of both readers for invalid shards.
fn refused(paths: &[PathBuf]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let in_file = SampleFile::create(folder.path(), paths).err();
    let error = SampleSet::open(paths).err().expect("the shards were accepted").to_string();
    assert_eq!(in_file.expect("the shards were accepted").to_string(), error);
    error
}

#[test]
fn samples_of_several_shards_have_one_index() {
    let folder = tempfile::tempdir().unwrap();
    let paths = shards(folder.path(), 10_005);
    assert!(paths.len() > 1 && paths[1].ends_with("train-00001.arrow"));
    let set = SampleSet::open(&paths).unwrap();
    assert_eq!((set.len(), set.shape()), (10_005, SHAPE));
    let mut cells = vec![99];
    for index in 0..set.len() {
        let expected = measures(index);
        assert_eq!(set.measures(index), expected);
        set.cells(index, &mut cells);
        let flat = expected.iter().zip([0, 12]).flat_map(|(measure, offset)| {
            measure.iter().map(move |&cell| offset + u32::from(cell))
        });
        assert_eq!(cells, flat.collect::<Vec<u32>>());
        assert_eq!(set.meta(index).song, format!("{:08x}", index / 10));
    }
    let meta = SampleMeta {
        song: "000003e8",
        group: "000003e8",
        path: "game/song.mid",
        first_measure: 8,
        transposition: -1,
        time_signature: "4/4",
        onsets: set.measures(10_004).concat().len().try_into().unwrap(),
    };
    assert_eq!(set.meta(10_004), meta);
}

#[test]
fn sample_file_holds_the_samples_of_the_shards() {
    let folder = tempfile::tempdir().unwrap();
    let paths = shards(folder.path(), 10_005);
    let set = SampleSet::open(&paths).unwrap();
    let file = SampleFile::create(folder.path(), &paths).unwrap();
    let names = fs_err::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, paths.len(), "it leaves nothing behind");
    assert_eq!((file.len(), file.shape()), (10_005, SHAPE));
    let (mut expected, mut found) = (Vec::new(), vec![99]);
    for index in (0..set.len()).rev() {
        set.cells(index, &mut expected);
        file.cells(index, &mut found).unwrap();
        assert_eq!(found, expected);
        assert_eq!(file.onsets(index), set.meta(index).onsets);
    }
}

#[test]
fn main_signature_is_that_of_most_samples_through_all_shards() {
    let folder = tempfile::tempdir().unwrap();
    let main = |shards: &[&[&str]]| {
        let write = |(number, signatures): (usize, &&[&str])| {
            let path = folder.path().join(sample_shard(Split::Train, number));
            let mut writer = ShardWriter::create(&path, SHAPE).unwrap();
            for time_signature in *signatures {
                let (song, group, path) = ("s", "g", "p");
                let sample = SampleMeta {
                    song,
                    group,
                    path,
                    first_measure: 0,
                    transposition: 0,
                    time_signature,
                    onsets: 0,
                };
                writer.push(&sample, &[vec![], vec![]]).unwrap();
            }
            writer.finish().unwrap();
            path
        };
        let paths: Vec<PathBuf> = shards.iter().enumerate().map(write).collect();
        let file = SampleFile::create(folder.path(), &paths).unwrap();
        file.main_signature().map(|signature| signature.to_string())
    };
    assert_eq!(main(&[&["4/4", "3/4"], &["3/4"]]).as_deref(), Some("3/4"));
    assert_eq!(main(&[&["6/8", "6/8", "4/4"], &["4/4", "4/4"]]).as_deref(), Some("4/4"));
    assert_eq!(main(&[&["4/4", "3/4"]]).as_deref(), Some("3/4"), "the fewest beats of equal ones");
    assert_eq!(main(&[&[]]), None);
}

#[test]
fn equal_samples_make_equal_bytes() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, two] = folders.each_ref().map(|folder| shards(folder.path(), 5_000));
    let bytes = |paths: &[PathBuf]| -> Vec<Vec<u8>> {
        paths.iter().map(|path| fs_err::read(path).unwrap()).collect()
    };
    assert_eq!(bytes(&one), bytes(&two));
}

#[test]
fn removing_a_song_changes_few_shards() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let all = shards_of(folders[0].path(), 0..60_000);
    let fewer = shards_of(folders[1].path(), (0..10).chain(20..60_000));
    let old: Vec<Vec<u8>> = all.iter().map(|path| fs_err::read(path).unwrap()).collect();
    let kept = fewer.iter().filter(|path| old.contains(&fs_err::read(path).unwrap())).count();
    assert!(all.len() >= 8, "{} shards", all.len());
    assert!(kept + 2 >= all.len(), "{kept} of {} shards are as before", all.len());
}

#[test]
fn split_without_samples_is_one_shard_with_a_shape() {
    let folder = tempfile::tempdir().unwrap();
    let paths = shards(folder.path(), 0);
    assert!(paths.len() == 1 && paths[0].ends_with("train-00000.arrow"));
    let set = SampleSet::open(&paths).unwrap();
    assert!(set.is_empty() && set.shape() == SHAPE);
    let file = SampleFile::create(folder.path(), &paths).unwrap();
    assert!(file.is_empty() && file.shape() == SHAPE);
}

#[test]
fn writer_and_reader_refuse_cells_outside_the_shape() {
    let folder = tempfile::tempdir().unwrap();
    let wide = RollShape::new(2, 96, 96, 16).unwrap();
    let write = |shape, measures: &[Vec<u16>]| {
        let path = folder.path().join("train-00000.arrow");
        let mut writer = ShardWriter::create(&path, shape).unwrap();
        let sample = SampleMeta {
            song: "s",
            group: "g",
            path: "p",
            first_measure: 0,
            transposition: 0,
            time_signature: "4/4",
            onsets: measures.iter().map(|measure| measure.len() as u32).sum(),
        };
        writer.push(&sample, measures).map(|()| writer.finish().map(|()| vec![path]).unwrap())
    };
    for (wrong, said) in [
        (vec![vec![3, 12], vec![]], "measure 0: cell 12 is out of order or outside the 12 cells"),
        (vec![vec![], vec![3, 3]], "measure 1: cell 3 is out of order"),
        (vec![vec![1]], "has 1 measures, expected 2"),
    ] {
        let error = write(SHAPE, &wrong).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    // A shard of another grid whose metadata was changed to this one: same length, so that nothing else moves.
    let paths = write(wide, &[vec![5, 9_000], vec![]]).unwrap();
    let mut bytes = fs_err::read(&paths[0]).unwrap();
    let places: Vec<usize> =
        (0..bytes.len() - 3).filter(|&at| &bytes[at..at + 3] == b"96\0").collect();
    assert!(!places.is_empty());
    for (number, said) in [(b"64", "cell 9000"), (b"00", "a pianoroll needs at least one measure")]
    {
        places.iter().for_each(|&at| bytes[at..at + 2].copy_from_slice(number));
        fs_err::write(&paths[0], &bytes).unwrap();
        let error = refused(&paths);
        assert!(error.contains(said) && error.contains("train-00000"), "{error}");
    }
}

#[test]
fn shards_of_different_shapes_are_refused() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut paths = shards(folders[0].path(), 3);
    let other = RollShape::new(2, 4, 3, 21).unwrap();
    paths.push(folders[1].path().join("other.arrow"));
    ShardWriter::create(&paths[1], other).unwrap().finish().unwrap();
    let error = refused(&paths);
    assert!(error.contains("from pitch 21") && error.contains("from pitch 60"), "{error}");
}

#[test]
fn files_that_are_no_shards_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    assert!(refused(&[]).contains("no shard"));
    assert!(refused(&[folder.path().join("absent")]).contains("absent"));
    let parquet = written(folder.path(), &sample_rows(100));
    assert!(refused(&[parquet]).contains("0a1b: not an Arrow IPC file"));
    let text = folder.path().join("text");
    fs_err::write(&text, "hello").unwrap();
    assert!(refused(&[text]).contains("text: not an Arrow IPC file"));
}

#[test]
fn damaged_shard_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs_err::read(&shards(folder.path(), 40)[0]).unwrap();
    let open = |bytes: &[u8]| {
        let mut set = None;
        SampleSet::add(&mut set, &Buffer::from(bytes)).ok().and(set)
    };
    assert!(open(&bytes).is_some_and(|set| set.len() == 40));
    assert!((0..bytes.len()).all(|length| open(&bytes[..length]).is_none()));
    let mut noticed = 0;
    for place in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] ^= mask;
            match open(&damaged) {
                // Changes of text and padding are not detected; an accepted file can be read to the end.
                Some(set) => {
                    (0..set.len()).for_each(|index| drop((set.meta(index), set.measures(index))));
                }
                None => noticed += 1,
            }
        }
    }
    assert!(noticed > bytes.len() / 4, "{noticed} of {} changes", bytes.len() * 3);
}
