# Writes a .cpp that holds one file as a text: extern const char SYMBOL[]; extern const std::size_t SYMBOL_bytes;
file(READ ${FILE} text)
file(WRITE ${OUTPUT} "#include <cstddef>\n\nnamespace tillgate {\nextern const char ${SYMBOL}[];\nextern const std::size_t ${SYMBOL}_bytes;\nconst char ${SYMBOL}[] = R\"~~text~~(${text})~~text~~\";\nconst std::size_t ${SYMBOL}_bytes = sizeof(${SYMBOL}) - 1;\n}  // namespace tillgate\n")
