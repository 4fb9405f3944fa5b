// The key-value server in weir itself: handler = module, module = /path/kv.so
#include "service.hpp"

WEIR_MODULE(kv::module())
