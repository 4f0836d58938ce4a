# What every target of ours is compiled with, and the shape of a directory's library and test.
option(HERALD_BENCH "Build the benchmarks" OFF)
option(HERALD_FUZZ "Build the fuzzers (clang)" OFF)
set(HERALD_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

add_library(herald_options INTERFACE)
target_include_directories(herald_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(herald_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_compile_definitions(herald_options INTERFACE HERALD_VERSION="${PROJECT_VERSION}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of GCC 12 in optimised standard-library and coroutine code.
  target_compile_options(herald_options INTERFACE -Wno-restrict -Wno-mismatched-new-delete
                                                  -Wno-maybe-uninitialized -Wno-missing-field-initializers)
else()
  target_compile_options(herald_options INTERFACE -Wno-missing-field-initializers
                                                  -Wno-missing-designated-field-initializers)
endif()
if(HERALD_SANITIZE)
  add_compile_options(-fsanitize=${HERALD_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HERALD_SANITIZE})
  if(HERALD_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(HERALD_SANITIZE MATCHES "thread")
    # The fences of Asio's fenced blocks are not modelled by the thread sanitizer.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      add_compile_options(-Wno-tsan)
    endif()
  endif()
endif()
# Asio and Beast are compiled once, in net/boost.cc. Separate compilation is declared for all who include them.
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                        BOOST_ASIO_NO_DEPRECATED)

# herald_library(<directory> [PUBLIC|PRIVATE <libraries>...]): src/<directory> without its tests.
function(herald_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  add_library(herald_${name} STATIC ${sources})
  target_link_libraries(herald_${name} PUBLIC herald_options ${ARGN})
endfunction()

add_custom_target(unit_tests)

# herald_test(<name> <sources> [LIBRARIES ...]): one GoogleTest program, each test listed to CTest.
function(herald_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  if(arg_SOURCES)
    add_executable(${name} ${arg_SOURCES})
    add_dependencies(unit_tests ${name})
    target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name} PRIVATE HERALD_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES
      TIMEOUT 300
      ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp")
  endif()
endfunction()
