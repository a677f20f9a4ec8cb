// Names, streets and towns to draw from: common ones by general knowledge, rarer ones of syllables.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace tillgate::bench {

inline constexpr std::array<std::string_view, 96> kSurnames{
    "Smith",     "Johnson",  "Williams", "Brown",    "Jones",    "Garcia",  "Miller",    "Davis",    "Rodriguez", "Martinez",
    "Hernandez", "Lopez",    "Gonzalez", "Wilson",   "Anderson", "Thomas",  "Taylor",    "Moore",    "Jackson",   "Martin",
    "Lee",       "Perez",    "Thompson", "White",    "Harris",   "Sanchez", "Clark",     "Ramirez",  "Lewis",     "Robinson",
    "Walker",    "Young",    "Allen",    "King",     "Wright",   "Scott",   "Torres",    "Nguyen",   "Hill",      "Flores",
    "Green",     "Adams",    "Nelson",   "Baker",    "Hall",     "Rivera",  "Campbell",  "Mitchell", "Carter",    "Roberts",
    "Gomez",     "Phillips", "Evans",    "Turner",   "Diaz",     "Parker",  "Cruz",      "Edwards",  "Collins",   "Reyes",
    "Stewart",   "Morris",   "Morales",  "Murphy",   "Cook",     "Rogers",  "Gutierrez", "Ortiz",    "Morgan",    "Cooper",
    "Peterson",  "Bailey",   "Reed",     "Kelly",    "Howard",   "Ramos",   "Kim",       "Cox",      "Ward",      "Richardson",
    "Watson",    "Brooks",   "Chavez",   "Wood",     "James",    "Bennett", "Gray",      "Mendoza",  "Ruiz",      "Hughes",
    "Price",     "Alvarez",  "O'Brien",  "McDonald", "Núñez",    "Müller"};
inline constexpr std::array<std::string_view, 32> kSurnameHeads{
    "Ash",  "Bram", "Cal", "Dun", "Eller", "Farn", "Gold", "Hart",  "Ivers", "Kess",   "Lind",
    "Marl", "Nor",  "Oak", "Pem", "Quin",  "Ros",  "Stan", "Thorn", "Ul",    "Vander", "Wes",
    "Yar",  "Zim",  "Bel", "Cor", "Dra",   "Fitz", "Gra",  "Hol",   "Kov",   "Mc"};
inline constexpr std::array<std::string_view, 32> kSurnameTails{
    "ford",   "well",  "ton",  "berg", "man",   "ley",   "wick",  "stein", "son",   "worth", "field",
    "er",     "ski",   "ović", "dale", "by",    "ham",   "croft", "shaw",  "hurst", "mond",  "land",
    "bright", "combe", "wood", "gate", "stone", "ridge", "more",  "kins",  "ette",  "ano"};
inline constexpr std::array<std::string_view, 64> kMaleNames{
    "James",    "Robert",   "John",    "Michael",   "David",    "William", "Richard", "Joseph",  "Thomas",  "Christopher",
    "Charles",  "Daniel",   "Matthew", "Anthony",   "Mark",     "Donald",  "Steven",  "Andrew",  "Paul",    "Joshua",
    "Kenneth",  "Kevin",    "Brian",   "Timothy",   "Ronald",   "Jason",   "George",  "Edward",  "Jeffrey", "Ryan",
    "Jacob",    "Nicholas", "Gary",    "Eric",      "Jonathan", "Stephen", "Larry",   "Justin",  "Scott",   "Brandon",
    "Benjamin", "Samuel",   "Gregory", "Alexander", "Patrick",  "Frank",   "Raymond", "Jack",    "Dennis",  "Jerry",
    "Tyler",    "Aaron",    "Jose",    "Adam",      "Nathan",   "Henry",   "Zachary", "Douglas", "Peter",   "Kyle",
    "Noah",     "Ethan",    "Jayden",  "Luis"};
inline constexpr std::array<std::string_view, 64> kFemaleNames{
    "Mary",      "Patricia",  "Jennifer", "Linda",    "Elizabeth", "Barbara", "Susan",    "Jessica",   "Karen",   "Sarah",
    "Lisa",      "Nancy",     "Sandra",   "Betty",    "Ashley",    "Emily",   "Kimberly", "Margaret",  "Donna",   "Michelle",
    "Carol",     "Amanda",    "Melissa",  "Deborah",  "Stephanie", "Rebecca", "Sharon",   "Laura",     "Cynthia", "Dorothy",
    "Amy",       "Kathleen",  "Angela",   "Shirley",  "Emma",      "Brenda",  "Pamela",   "Nicole",    "Anna",    "Samantha",
    "Katherine", "Christine", "Debra",    "Rachel",   "Carolyn",   "Janet",   "Maria",    "Olivia",    "Heather", "Helen",
    "Catherine", "Diane",     "Julie",    "Victoria", "Joyce",     "Lauren",  "Kelly",    "Christina", "Ruth",    "Joan",
    "Virginia",  "Judith",    "Evelyn",   "Zoë"};
// Twins whose parents liked it so, with their genders.
struct TwinNames {
  std::string_view one, other;
  char one_gender, other_gender;
};
inline constexpr std::array<TwinNames, 14> kTwinNames{{{"Jayden", "Jaden", 'm', 'm'},
                                                       {"Maria", "Marie", 'f', 'f'},
                                                       {"Anna", "Hanna", 'f', 'f'},
                                                       {"Alexander", "Alexandra", 'm', 'f'},
                                                       {"Eric", "Erica", 'm', 'f'},
                                                       {"Daniel", "Danielle", 'm', 'f'},
                                                       {"Michael", "Michelle", 'm', 'f'},
                                                       {"Mary Ann", "Mary Jane", 'f', 'f'},
                                                       {"Jon", "Ron", 'm', 'm'},
                                                       {"Christian", "Christina", 'm', 'f'},
                                                       {"Tim", "Tom", 'm', 'm'},
                                                       {"Oliver", "Olivia", 'm', 'f'},
                                                       {"Samuel", "Samantha", 'm', 'f'},
                                                       {"Deborah", "Debra", 'f', 'f'}}};
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kShortForms{
    {{"William", "Bill"},   {"Robert", "Bob"},    {"Richard", "Rick"},   {"James", "Jim"},         {"John", "Johnny"},
     {"Michael", "Mike"},   {"Joseph", "Joe"},    {"Thomas", "Tom"},     {"Christopher", "Chris"}, {"Daniel", "Dan"},
     {"Matthew", "Matt"},   {"Anthony", "Tony"},  {"Steven", "Steve"},   {"Andrew", "Andy"},       {"Alexander", "Alex"},
     {"Alexandra", "Alex"}, {"Elizabeth", "Liz"}, {"Patricia", "Pat"},   {"Jennifer", "Jen"},      {"Katherine", "Kathy"},
     {"Samantha", "Sam"},   {"Samuel", "Sam"},    {"Deborah", "Debbie"}, {"Susan", "Sue"}}};
inline constexpr std::array<std::string_view, 40> kStreets{
    "Oak",      "Maple",  "Main",    "Harbor",   "Washington", "Lake",     "Hill",      "Walnut",   "Spring",   "North",
    "Ridge",    "Church", "Willow",  "Mill",     "Sunset",     "Railroad", "Jefferson", "Center",   "Highland", "Forest",
    "Jackson",  "River",  "Meadow",  "Chestnut", "Franklin",   "Cherry",   "Dogwood",   "Hickory",  "Locust",   "Valley View",
    "Old Post", "Quarry", "Lincoln", "Juniper",  "Orchard",    "Park",     "Poplar",    "Prospect", "Birch",    "Larkspur"};
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kStreetKinds{{{"Street", "St"},
                                                                                            {"Avenue", "Ave"},
                                                                                            {"Road", "Rd."},
                                                                                            {"Drive", "Dr"},
                                                                                            {"Lane", "Ln"},
                                                                                            {"Court", "Ct"},
                                                                                            {"Boulevard", "Blvd"},
                                                                                            {"Place", "Pl"}}};
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTowns{{{"Port Ellery", "97103"},
                                                                                       {"Port Ellery", "97104"},
                                                                                       {"Millbrook", "97110"},
                                                                                       {"Cedar Flats", "97121"},
                                                                                       {"Nine Mile", "97133"},
                                                                                       {"Harrow", "97141"},
                                                                                       {"Saint Orin", "97146"},
                                                                                       {"Westhaven", "97152"},
                                                                                       {"Grays Landing", "97161"},
                                                                                       {"Tamarack", "97170"},
                                                                                       {"Eastlake", "97182"},
                                                                                       {"Fort Benning Hills", "97190"}}};
inline constexpr std::array<std::string_view, 8> kMailHosts{"gmail.com",   "gmail.com",   "gmail.com",  "yahoo.com",
                                                            "hotmail.com", "outlook.com", "icloud.com", "aol.com"};
inline constexpr std::array<std::string_view, 8> kNoMails{
    "none@none.com",         "noemail@gmail.com", "test@test.com",       "na@na.com",
    "customer@tillshop.com", "no@email.com",      "info@harrowfarm.com", "x@x.com"};
inline constexpr std::array<std::string_view, 5> kNoPhones{"555-555-5555", "(503) 555-0123", "0000000000", "503 777 7777",
                                                           "999-999-9999"};

}  // namespace tillgate::bench
