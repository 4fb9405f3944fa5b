#!/bin/sh
# Turns a page into the C++ file that defines weir::kStatusPage: embed_page.sh PAGE OUTPUT
set -eu
{
  printf '#include "service/http/status_page.hpp"\n\nconst std::string_view weir::kStatusPage = R"weir('
  cat "$1"
  printf ')weir";\n'
} > "$2"
