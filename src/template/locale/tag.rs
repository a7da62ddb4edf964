//! Language tags as people have them, and the parents of a language by CLDR.

use unic_langid::LanguageIdentifier;
use unic_langid::subtags::{Language, Region, Script};

/// Codes of languages that stand for another one, by CLDR: withdrawn codes (`iw`), codes of three letters where there are
/// two (`deu`), and Norwegian, which is written as Bokmål where nothing else is said. Some bring a script or region along.
const ALIASES: &str = "aar=aa abk=ab adp=dz afr=af aka=ak alb=sq als=sq amh=am ara=ar arb=ar arg=an arm=hy asm=as ava=av ave=ae \
    aym=ay ayr=ay aze=az azj=az bak=ba bam=bm baq=eu bel=be ben=bn bh=bho bis=bi bod=bo bos=bs bre=br bul=bg \
    bur=my cat=ca ces=cs cha=ch che=ce chi=zh chu=cu chv=cv cls=sa cmn=zh cnr=sr-ME cor=kw cos=co cre=cr cwd=cr \
    cym=cy cze=cs dan=da deu=de div=dv drh=mn drw=fa-AF dut=nl dzo=dz ekk=et ell=el eng=en epo=eo esk=ik est=et \
    eus=eu ewe=ee fao=fo fas=fa fij=fj fin=fi fra=fr fre=fr fry=fy fuc=ff ful=ff gaz=om geo=ka ger=de gla=gd \
    gle=ga glg=gl glv=gv gre=el grn=gn gug=gn guj=gu hat=ht hau=ha hbs=sr-Latn heb=he her=hz hin=hi hmo=ho \
    hrv=hr hun=hu hye=hy ibo=ig ice=is ido=io iii=ii ike=iu iku=iu ile=ie in=id ina=ia ind=id ipk=ik isl=is \
    ita=it iw=he jav=jv ji=yi jpn=ja jw=jv kal=kl kan=kn kas=ks kat=ka kau=kr kaz=kk khk=mn khm=km kik=ki kin=rw \
    kir=ky kmr=ku knc=kr kng=kg kom=kv kon=kg kor=ko kpv=kv kua=kj kur=ku lao=lo lat=la lav=lv lim=li lin=ln \
    lit=lt ltz=lb lub=lu lug=lg lvs=lv mac=mk mah=mh mal=ml mao=mi mar=mr may=ms mkd=mk mlg=mg mlt=mt mo=ro \
    mol=ro mon=mn mri=mi msa=ms mya=my nau=na nav=nv nbl=nr nde=nd ndo=ng nep=ne nld=nl nno=nn no=nb nob=nb \
    nor=nb npi=ne nya=ny oci=oc ojg=oj oji=oj ori=or orm=om ory=or oss=os pan=pa pbu=ps per=fa pes=fa pli=pi \
    plt=mg pol=pl por=pt prp=gu prs=fa-AF pus=ps que=qu quz=qu roh=rm ron=ro rum=ro run=rn rus=ru sag=sg san=sa \
    scc=sr scr=hr sh=sr-Latn sin=si slk=sk slo=sk slv=sl sme=se smo=sm sna=sn snd=sd som=so sot=st spa=es sqi=sq \
    src=sc srd=sc srp=sr ssw=ss sun=su swa=sw swc=sw-CD swe=sv swh=sw tah=ty tam=ta tat=tt tel=te tgk=tg tgl=fil tha=th \
    tib=bo tir=ti tl=fil tnf=fa-AF ton=to tsn=tn tso=ts tuk=tk tur=tr tw=ak twi=ak uig=ug ukr=uk urd=ur uzb=uz \
    uzn=uz ven=ve vie=vi vol=vo wel=cy wln=wa wol=wo xho=xh ydd=yi yid=yi yor=yo zha=za zho=zh zsm=ms zul=zu \
    zyb=za";

/// The parents of regions that are not found by leaving the region out, by CLDR: the language, the parent, and the regions.
const PARENTS: [(&str, &str, &str); 4] = [
    ("es", "es-419", "AR BO BR BZ CL CO CR CU DO EC GT HN JP MX NI PA PE PR PY SV US UY VE"),
    ("pt", "pt-PT", "AO CH CV FR GQ GW LU MO MZ ST TL"),
    ("en", "en-150", "AT BE CH CZ DE DK EE ES FI FR GE HU IT LT LV NL NO PL PT RO SE SI SK UA"),
    (
        "en",
        "en-001",
        "150 AG AI AU BB BM BS BW BZ CC CK CM CX CY DG DM ER FJ FK FM GB GD GG GH GI GM GS GY HK ID IE IL IM IN \
         IO JE JM KE KI KN KY LC LR LS MG MO MS MT MU MV MW MY NA NF NG NR NU NZ PG PK PN PW RW SB SC SD SG SH \
         SL SS SX SZ TC TK TO TT TV TZ UG VC VG VU WS ZA ZM ZW",
    ),
];

/// Languages whose readers read another one without effort, where theirs is not there.
const CLOSE: [(&str, &str); 8] = [
    ("gsw", "de"),
    ("lb", "de"),
    ("nn", "nb"),
    ("nb", "nn"),
    ("yue", "zh"),
    ("nan", "zh"),
    ("hak", "zh"),
    ("wuu", "zh"),
];

/// What some systems write in a tag for a script.
const SCRIPTS: [(&str, &str); 4] =
    [("chs", "Hans"), ("cht", "Hant"), ("latin", "Latn"), ("cyrillic", "Cyrl")];

/// What stands behind the language in older tags, and is a language itself.
const EXTENDED: [(&str, &str, &str); 8] = [
    ("zh", "cmn", "zh"),
    ("zh", "yue", "yue"),
    ("zh", "nan", "nan"),
    ("zh", "hak", "hak"),
    ("zh", "wuu", "wuu"),
    ("no", "bok", "nb"),
    ("no", "nyn", "nn"),
    ("ar", "arb", "ar"),
];

/// The longest tag that is looked at. BCP 47 wants at least 35 characters to be taken, and a header `Accept-Language` is longer.
const LONGEST: usize = 256;

/// The language, script and region that a tag means; `None` for a text that is not a tag.
///
/// This reads more than BCP 47: `de_AT`, `sr_RS.UTF-8@latin`, `zh-CHT`, `zh-rTW`, the first language of `de-CH,de;q=0.9`.
/// Extensions (`-u-co-phonebk`), variants and what nobody knows are left out.
pub(super) fn parse(tag: &str) -> Option<LanguageIdentifier> {
    if tag.len() > LONGEST {
        return None;
    }
    let tag = tag.split([',', ';']).next()?.trim();
    let (name, modifier) = tag.split_once('@').unwrap_or((tag, ""));
    let mut parts =
        name.split('.').next()?.split(['-', '_', '+']).map(|part| part.trim_matches('#')).peekable();
    // Android writes `b+sr+Latn`.
    if name.contains('+') {
        parts.next_if(|part| part.eq_ignore_ascii_case("b"));
    }
    let mut said = language(parts.next()?)?;
    for part in
        parts.take_while(|part| part.len() != 1).chain([modifier].into_iter().filter(|name| is_script(name)))
    {
        let lower = part.to_ascii_lowercase();
        let is = |(_, name, _): &&(&str, &str, &str)| *name == lower;
        let android = part.strip_prefix('r').filter(|region| region.len() == 2);
        if let Some((_, script)) = SCRIPTS.iter().find(|(name, _)| *name == lower) {
            said.script = said.script.or(Script::from_bytes(script.as_bytes()).ok());
        } else if let Some((_, _, other)) = EXTENDED.iter().filter(|(of, ..)| extends(&said, of)).find(is) {
            said.language = Language::from_bytes(other.as_bytes()).ok()?;
        } else if part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            said.script = said.script.or(Script::from_bytes(part.as_bytes()).ok());
        } else if let Ok(region) = Region::from_bytes(android.unwrap_or(part).as_bytes()) {
            // The United Kingdom's code is GB, and many write UK.
            let region =
                if region.as_str() == "UK" { Region::from_bytes(b"GB").unwrap_or(region) } else { region };
            said.region = said.region.or(Some(region));
        }
    }
    // Without a language only a place is left, and many languages are read there.
    (!said.language.is_empty()).then_some(said)
}

/// Whether a modifier of POSIX names a script: `sr_RS@latin` does, `de_DE@euro` does not.
fn is_script(modifier: &str) -> bool {
    SCRIPTS.iter().any(|(name, _)| modifier.eq_ignore_ascii_case(name))
}

/// Whether a language is that of a tag that may have another language behind it.
fn extends(said: &LanguageIdentifier, of: &str) -> bool {
    said.language.as_str() == alias(of).split('-').next().unwrap_or(of)
}

/// The language that a code means, with the script and region that it brings along.
fn language(code: &str) -> Option<LanguageIdentifier> {
    let lower = code.to_ascii_lowercase();
    // Longer codes are well-formed, but no language has one: `german` is a mistake for `de`.
    let is_code = (2..=3).contains(&lower.len()) && lower.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_code { alias(&lower).parse().ok() } else { None }
}

/// What CLDR writes for a code of a language.
fn alias(code: &str) -> &str {
    let pairs = ALIASES.split(' ').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(from, _)| *from == code).map_or(code, |(_, to)| to)
}

/// A language with the script and region that are likely, by CLDR. Two that are equal then are the same language.
pub(super) fn whole(mut language: LanguageIdentifier) -> LanguageIdentifier {
    language.clear_variants();
    language.maximize();
    language
}

/// The languages that a reader of a [`whole`] language reads, the best first: the language itself, and its parents by CLDR. A
/// parent is never in another script.
pub(super) fn line(whole: &LanguageIdentifier) -> Vec<LanguageIdentifier> {
    let mut line = vec![whole.clone()];
    let mut last = whole.clone();
    while let Some(parent) = parent(&last) {
        line.push(self::whole(parent.clone()));
        last = parent;
    }
    line
}

fn parent(of: &LanguageIdentifier) -> Option<LanguageIdentifier> {
    let (language, script) = (of.language.as_str(), of.script.as_ref().map_or("", |script| script.as_str()));
    let region = of.region.as_ref()?.as_str();
    match (language, script, region) {
        ("zh", "Hant", "MO") => return "zh-Hant-HK".parse().ok(),
        ("hi", "Latn", _) => return "en-Latn-IN".parse().ok(),
        _ => {}
    }
    let row = PARENTS.iter().find(|(of, _, regions)| *of == language && has(regions, region));
    match row {
        Some((_, parent, _)) if script == "Latn" => in_latin(parent),
        _ => {
            let mut parent = of.clone();
            parent.region = None;
            Some(parent)
        }
    }
}

/// A parent of the table, with its script: all of them are written in Latin letters.
fn in_latin(tag: &str) -> Option<LanguageIdentifier> {
    let mut parent: LanguageIdentifier = tag.parse().ok()?;
    parent.script = Script::from_bytes(b"Latn").ok();
    Some(parent)
}

fn has(regions: &str, region: &str) -> bool {
    regions.split(' ').any(|known| known == region)
}

/// Whether two languages have the same parent of the table, and that is `parent`: Mexico and Colombia have `es-419`.
pub(super) fn is_child(of: &LanguageIdentifier, parent: &LanguageIdentifier) -> bool {
    let region = |it: &LanguageIdentifier| it.region.as_ref().map(|region| region.as_str().to_owned());
    let (Some(own), Some(above)) = (region(of), region(parent)) else { return false };
    of.language == parent.language
        && of.script == parent.script
        && PARENTS.iter().any(|(language, tag, regions)| {
            parent.language.as_str() == *language && tag.ends_with(&format!("-{above}")) && has(regions, &own)
        })
}

/// Another language that readers of this one read without effort, in the same script.
pub(super) fn close(to: &LanguageIdentifier) -> Option<LanguageIdentifier> {
    let (_, other) = CLOSE.iter().find(|(language, _)| to.language.as_str() == *language)?;
    let mut close: LanguageIdentifier = other.parse().ok()?;
    close.script = to.script;
    Some(whole(close))
}
