# Writes a .cpp that holds numbered SQL files as an array, in file-name order:
#   extern const tillgate::EmbeddedSql SYMBOL[]; extern const std::size_t SYMBOL_count;
# The declaration lives in core/embedded_sql.hpp.
set(text "#include \"core/embedded_sql.hpp\"\n\nnamespace tillgate {\nextern const EmbeddedSql ${SYMBOL}[];\nextern const std::size_t ${SYMBOL}_count;\nconst EmbeddedSql ${SYMBOL}[] = {\n")
set(count 0)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} sql)
  string(APPEND text "  {\"${name}\", R\"~~sql~~(${sql})~~sql~~\"},\n")
  math(EXPR count "${count} + 1")
endforeach()
string(APPEND text "};\nconst std::size_t ${SYMBOL}_count = ${count};\n}  // namespace tillgate\n")
file(WRITE ${OUTPUT} "${text}")
