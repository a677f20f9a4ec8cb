#include "core/nickname.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace tillgate {

namespace {

struct Group {
  std::string_view formal, shorts;
};
constexpr Group kGroups[] = {
    {"william", "bill billy will willie liam wm"},
    {"robert", "bob bobby rob robbie bert robt"},
    {"richard", "rick ricky rich richie dick dickie"},
    {"james", "jim jimmy jamie jimmie jas"},
    {"john", "johnny jack jon johnnie"},
    {"jonathan", "jon jonny johnathan jonathon"},
    {"michael", "mike mikey mick mickey micheal"},
    {"joseph", "joe joey jos"},
    {"thomas", "tom tommy thos"},
    {"charles", "charlie chuck chas charley"},
    {"christopher", "chris topher kit"},
    {"christine", "chris chrissy tina christy"},
    {"christina", "chris chrissy tina christy"},
    {"daniel", "dan danny"},
    {"danielle", "dani"},
    {"david", "dave davey"},
    {"edward", "ed eddie ted teddy ned"},
    {"edwin", "ed eddie"},
    {"theodore", "ted teddy theo"},
    {"matthew", "matt"},
    {"anthony", "tony ant"},
    {"antonio", "tony"},
    {"andrew", "andy drew"},
    {"steven", "steve stevie stephen"},
    {"stephen", "steve stevie"},
    {"kenneth", "ken kenny"},
    {"kevin", "kev"},
    {"ronald", "ron ronnie"},
    {"donald", "don donnie"},
    {"gerald", "gerry jerry"},
    {"jerome", "jerry"},
    {"gregory", "greg"},
    {"jeffrey", "jeff geoff"},
    {"geoffrey", "geoff jeff"},
    {"lawrence", "larry"},
    {"laurence", "larry"},
    {"timothy", "tim timmy"},
    {"samuel", "sam sammy"},
    {"samantha", "sam sammy"},
    {"benjamin", "ben benny benji"},
    {"nicholas", "nick nicky nico"},
    {"nicole", "nicky nikki"},
    {"patrick", "pat paddy rick"},
    {"patricia", "pat patty trish tricia patti"},
    {"peter", "pete"},
    {"philip", "phil phillip"},
    {"raymond", "ray"},
    {"frederick", "fred freddie freddy"},
    {"alfred", "al alf fred"},
    {"albert", "al bert"},
    {"alexander", "alex al xander sasha"},
    {"alexandra", "alex sandra lexi sasha"},
    {"alexis", "alex lexi"},
    {"eugene", "gene"},
    {"leonard", "len lenny leo"},
    {"leonardo", "leo"},
    {"louis", "lou louie"},
    {"vincent", "vince vinny"},
    {"walter", "walt wally"},
    {"zachary", "zach zack"},
    {"jacob", "jake"},
    {"joshua", "josh"},
    {"nathaniel", "nate nat"},
    {"nathan", "nate nat"},
    {"douglas", "doug"},
    {"francis", "frank fran"},
    {"franklin", "frank"},
    {"francisco", "paco pancho frank"},
    {"henry", "hank harry"},
    {"harold", "hal harry"},
    {"arthur", "art artie"},
    {"clifford", "cliff"},
    {"dennis", "denny"},
    {"ernest", "ernie"},
    {"maxwell", "max"},
    {"maximilian", "max"},
    {"oliver", "ollie"},
    {"randall", "randy"},
    {"russell", "russ"},
    {"stanley", "stan"},
    {"terrence", "terry"},
    {"theresa", "terry tess tessa terri teresa"},
    {"victor", "vic"},
    {"victoria", "vicky tori vicki"},
    {"abigail", "abby"},
    {"amanda", "mandy"},
    {"angela", "angie"},
    {"barbara", "barb barbie babs"},
    {"beatrice", "bea trixie"},
    {"catherine", "cathy kate katie cat"},
    {"katherine", "kathy kate katie kat kathryn"},
    {"kathleen", "kathy kath"},
    {"cynthia", "cindy"},
    {"deborah", "deb debbie debra"},
    {"dorothy", "dot dottie dolly"},
    {"eleanor", "ellie nell nora"},
    {"elizabeth", "liz beth betty lizzie eliza betsy libby"},
    {"emily", "em emmy"},
    {"evelyn", "evie"},
    {"florence", "flo"},
    {"gabriel", "gabe"},
    {"gabrielle", "gabby"},
    {"isabella", "bella izzy isabel"},
    {"jacqueline", "jackie"},
    {"jennifer", "jen jenny jenn"},
    {"jessica", "jess jessie"},
    {"judith", "judy"},
    {"julia", "julie"},
    {"kimberly", "kim"},
    {"laura", "laurie"},
    {"lillian", "lily lil"},
    {"madeline", "maddie"},
    {"madison", "maddie"},
    {"margaret", "maggie meg peggy marge margie"},
    {"martha", "marty"},
    {"martin", "marty"},
    {"melissa", "mel missy"},
    {"melanie", "mel"},
    {"mildred", "millie"},
    {"nancy", "nan"},
    {"natalie", "nat"},
    {"pamela", "pam"},
    {"penelope", "penny"},
    {"rachel", "rae"},
    {"rebecca", "becky becca"},
    {"rosemary", "rose rosie"},
    {"roberta", "bobbie"},
    {"sandra", "sandy"},
    {"sarah", "sally sadie"},
    {"sophia", "sophie"},
    {"stephanie", "steph"},
    {"susan", "sue susie suzy"},
    {"suzanne", "sue suzy"},
    {"valerie", "val"},
    {"veronica", "ronnie"},
    {"virginia", "ginny"},
    {"jose", "pepe"},
    {"jesus", "chuy"},
    {"guadalupe", "lupe lupita"},
    {"ignacio", "nacho"},
    {"enrique", "quique"},
    {"eduardo", "lalo eddie"},
    {"roberto", "beto"},
    {"alberto", "beto"},
    {"guillermo", "memo"},
    {"dolores", "lola"},
    {"mercedes", "meche"},
    {"rosario", "chayo"},
    {"manuel", "manny manolo"},
    {"fernando", "nando"},
};

struct Entry {
  std::u32string name;
  Formals formals;
};

// Sorted by name. A formal name stands for itself before it stands for another.
std::vector<Entry> index_of_groups() {
  std::vector<Entry> index;
  const auto add = [&](std::string_view name, std::uint16_t number) {
    const std::u32string letters(name.begin(), name.end());
    auto found = std::find_if(index.begin(), index.end(), [&](const Entry& entry) { return entry.name == letters; });
    if (found == index.end()) found = index.insert(found, Entry{letters, {}});
    Formals& formals = found->formals;
    if (formals.count < kFormalsMax) formals.numbers[formals.count++] = number;
  };
  for (std::uint16_t number = 0; number < std::size(kGroups); ++number) add(kGroups[number].formal, number);
  for (std::uint16_t number = 0; number < std::size(kGroups); ++number) {
    const Group& group = kGroups[number];
    for (std::string_view rest = group.shorts; !rest.empty();) {
      const auto blank = std::min(rest.find(' '), rest.size());
      add(rest.substr(0, blank), number);
      rest.remove_prefix(std::min(blank + 1, rest.size()));
    }
  }
  std::sort(index.begin(), index.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return index;
}

}  // namespace

Formals formals_of(std::u32string_view letters) {
  static const std::vector<Entry> index = index_of_groups();
  const auto found = std::lower_bound(index.begin(), index.end(), letters,
                                      [](const Entry& entry, std::u32string_view name) { return entry.name < name; });
  return found != index.end() && found->name == letters ? found->formals : Formals{};
}

std::vector<std::u32string> related_names(std::u32string_view letters) {
  std::vector<std::u32string> names;
  const auto add = [&](std::string_view name) {
    std::u32string wide(name.begin(), name.end());
    if (wide != letters && std::find(names.begin(), names.end(), wide) == names.end()) names.push_back(std::move(wide));
  };
  const Formals formals = formals_of(letters);
  for (std::size_t i = 0; i < formals.count; ++i) add(kGroups[formals.numbers[i]].formal);
  for (std::size_t i = 0; i < formals.count; ++i) {
    for (std::string_view rest = kGroups[formals.numbers[i]].shorts; !rest.empty();) {
      const auto blank = std::min(rest.find(' '), rest.size());
      add(rest.substr(0, blank));
      rest.remove_prefix(std::min(blank + 1, rest.size()));
    }
  }
  return names;
}

std::string_view formal_name(std::uint16_t number) {
  return kGroups[number].formal;
}

}  // namespace tillgate
