# Every library comes from Debian 12; docs/dependencies.md says why each is here.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(pugixml REQUIRED)
find_package(CLI11 REQUIRED)
# Debian's default Boost is 1.74, whose Asio lacks what we use.
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS json)

find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED)
target_include_directories(tomlplusplus::tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE})

# Debian's RocksDB CMake package asks for development packages of all its codecs; the library itself
# needs none of them.
find_path(ROCKSDB_INCLUDE rocksdb/db.h REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
add_library(RocksDB::rocksdb UNKNOWN IMPORTED)
set_target_properties(RocksDB::rocksdb PROPERTIES IMPORTED_LOCATION ${ROCKSDB_LIBRARY}
                                                  INTERFACE_INCLUDE_DIRECTORIES ${ROCKSDB_INCLUDE})

find_path(LIBURING_INCLUDE liburing.h REQUIRED)
find_library(LIBURING_LIBRARY uring REQUIRED)
add_library(liburing::liburing UNKNOWN IMPORTED)
set_target_properties(liburing::liburing PROPERTIES
  IMPORTED_LOCATION ${LIBURING_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${LIBURING_INCLUDE})

find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
add_library(jemalloc::jemalloc UNKNOWN IMPORTED)
# Nothing of it is called by name: without this the linker leaves it out.
set_target_properties(jemalloc::jemalloc PROPERTIES
  IMPORTED_LOCATION ${JEMALLOC_LIBRARY} INTERFACE_LINK_OPTIONS "LINKER:--no-as-needed")
