// Invented people in many scripts. Every e-mail address names the operation that wrote it (under .invalid, which can never
// exist), every telephone number is from the range kept for fiction.
const names = [
  [['Ada', 'Miles', 'Rosalind', 'Theo', 'June', 'Silas', 'Wren', 'Otis'], ['Brightwater', 'Okafor', "O'Dell", 'Castellane', 'Van der Poel', 'Smith-Jonas', 'McIlroy', 'Tan']],
  [['Zoë', 'André', 'Łucja', 'Søren', 'Iñaki', 'Ágnes', 'Björk', 'Çağla'], ['Müllensiefen', 'Ångström', 'Dvořáková', 'Peña Ruiz', 'Łozowski', 'Græsdal', 'Şimşek', 'Ó Briain']],
  [['Алёна', 'Богдан', 'Ярослава', 'Тимур'], ['Ковальчук', 'Ветрова', 'Жданович', 'Іваненко']],
  [['Ελένη', 'Νίκος', 'Δάφνη', 'Ορέστης'], ['Παπαδάκη', 'Σταθάτος', 'Μαυρίδη', 'Κωστόπουλος']],
  [['美咲', '蓮', '陽葵', '大和'], ['星野', '高梨', '水城', '藤堂']],
  [['지우', '서연', '하준', '도윤'], ['남궁', '선우', '황보', '제갈']],
  [['ליאורה', 'נועם', 'תמר', 'איתן'], ['בן־ארי', 'כרמלי', 'שדה', 'אלוני']],
  [['ليلى', 'يوسف', 'نور', 'طارق'], ['الحسيني', 'بن صالح', 'العطار', 'درويش']],
  [['अनन्या', 'विहान', 'मीरा', 'ईशान'], ['देशपांडे', 'चतुर्वेदी', 'राव', 'बनर्जी']],
  [['ณัฐ', 'มาลี', 'ชัยวัฒน์', 'พิมพ์'], ['ศรีสุข', 'แก้วมณี', 'วงศ์ทอง', 'ใจดี']],
  [['ნინო', 'ლევან', 'თამარ', 'ირაკლი'], ['გელაშვილი', 'ბერიძე', 'ჯაფარიძე', 'კიკნაძე']],
  [['Խաչիկ', 'Անահիտ', 'Նարե', 'Վահան'], ['Սարգսյան', 'Գրիգորյան', 'Պետրոսյան', 'Մանուկյան']],
];
const places = [
  ['12 Harbour Row', 'Port Ellery', 'OR', '97103', 'US'], ['7 rue des Tilleuls', 'Montclair', 'QC', 'H2X 1Y4', 'CA'],
  ['Lindenallee 4', 'Neustadt', 'BY', '91413', 'DE'], ['Calle del Río 31', 'San Lázaro', 'CA', '94107', 'US'],
  ['5-2 Sakura Street', 'Mizuno', 'WA', '98101', 'US'],
];
const two = (n) => String(n).padStart(2, '0');

export function inventPerson(random, operation) {
  const [first, last] = random.pick(names);
  const person = {
    first_name: random.pick(first),
    last_name: random.pick(last),
    email: `op-${operation}@example.invalid`,
    phone: `+1 ${random.pick(['503', '206', '415', '613'])} 555 01${two(random.below(100))}`,
    birthday: `${1940 + random.below(64)}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`,
  };
  if (random.chance(0.5)) {
    const [street1, city, region, postal_code, country] = random.pick(places);
    person.address = { street1, city, region, postal_code, country };
  }
  if (random.chance(0.3)) person.consent = { email: random.chance(0.7), sms: random.chance(0.3) };
  if (random.chance(0.2)) person.licence = { number: `X${10000000 + random.below(90000000)}`, region: 'OR', country: 'US', expires: `${2030 + random.below(5)}-06-30` };
  return person;
}
