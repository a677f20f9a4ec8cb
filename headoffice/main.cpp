// tillgate-hq: head office's end of the wire.
#include "headoffice/cli.hpp"

int main(int argc, char** argv) {
  return tillgate::run_office_cli(argc, argv);
}
