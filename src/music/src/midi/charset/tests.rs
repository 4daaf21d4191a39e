use super::*;

#[track_caller]
fn check(encoding: &'static Encoding, text: &str) {
    let bytes = encoding.encode(text).0;
    let charset = Charset::guess(&bytes);
    assert_eq!(charset.decode(&bytes), text, "{}", charset.0.name());
}

#[test]
fn western_titles_keep_their_accents() {
    for text in [
        "ÄÖÜ-Etüde",
        "CANÇÃO DE NINAR",
        "PRÉLUDE À L'APRÈS-MIDI D'ÉTÉ",
        "Für Elise",
        "Café au lait",
        "¿Dónde está?",
        "Corazón",
        "São João",
        "Señorita",
        "Pokémon",
        "© 1998 Café",
        "L’œuvre de Noël",
        "Brännvinsvisa på skånska",
        "Größe",
        "EL NIÑO",
        "Ça ira",
        "Smørrebrød",
        "NOËL",
        "GARÇON",
        "Øystein",
        "À bientôt",
    ] {
        check(WINDOWS_1252, text);
    }
    for text in ["Prélude", "Señorita", "Für Elise"] {
        check(MACINTOSH, text);
    }
}

#[test]
fn titles_of_other_scripts_are_recognized() {
    for text in [
        "さくら",
        "ドラゴン",
        "ファイナルファンタジー",
        "悪魔城ドラキュラ",
        "戦闘 BGM",
        "エンディング曲",
        "戦いのテーマ(Battle)",
        "ﾄﾞﾗｺﾞﾝ",
        "ﾄﾗｯｸ 1",
        "FINAL FANTASY ｢ﾌﾈ｣",
        "FRONT MISSION 「Shop」 for SC-88 ／ T.",
        "勝利の歌",
        "街",
    ] {
        check(SHIFT_JIS, text);
    }
    check(EUC_JP, "さくらの歌");
    for text in ["Калинка", "Подмосковные вечера"] {
        check(WINDOWS_1251, text);
        check(KOI8_R, text);
    }
    check(WINDOWS_1251, "МУРКА");
    check(GBK, "茉莉花");
    check(GBK, "月亮代表我的心");
    check(BIG5, "望春風");
    check(BIG5, "月亮代表我的心");
    check(EUC_KR, "아리랑 변주곡");
    check(EUC_KR, "고향의 봄");
    check(WINDOWS_1250, "Wlazł kotek na płotek");
    check(WINDOWS_1250, "Boże Narodzenie");
}

#[test]
fn utf_8_is_itself_beside_texts_of_other_charsets() {
    let japanese = Charset::guess(b"\x82\xB3\x82\xAD\x82\xE7");
    assert_eq!(japanese.decode("Überraschung ♪".as_bytes()), "Überraschung ♪");
    assert_eq!(japanese.decode(b"\x82\xB3"), "さ");
    let western = Charset::guess(b"Cu\xEDca");
    assert_eq!(western.decode(b"BGM \x93D\x96_"), "BGM 泥棒");
    assert_eq!(japanese.decode(b"Copyright \xA9 1997"), "Copyright © 1997");
    assert_eq!(japanese.decode(b"\xFF\xFEa\0\xE9\0"), "aé");
}
