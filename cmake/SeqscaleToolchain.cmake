# Compilers, warnings, and the instruction-set levels that kernels are compiled for.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # POSIX and GNU interfaces of libc; the language itself is plain C17
add_compile_definitions(_GNU_SOURCE)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_COMPILER_VERSION VERSION_LESS 12)
  message(FATAL_ERROR "seqscale needs gcc 12 or newer (this is gcc ${CMAKE_C_COMPILER_VERSION}): "
                      "install it, or set CC to a newer compiler.")
elseif(CMAKE_C_COMPILER_ID MATCHES "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "seqscale needs clang 14 or newer (this is clang ${CMAKE_C_COMPILER_VERSION}): "
                      "install it, or set CC to a newer compiler.")
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

add_link_options(LINKER:--as-needed) # a module loads the libraries that it uses and no others

option(SEQSCALE_WERROR "Warnings are errors" OFF)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
                    $<$<BOOL:${SEQSCALE_WERROR}>:-Werror>)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  add_compile_options(-Wno-pass-failed) # `omp simd` loops that it leaves scalar: it compiles and tests, gcc's builds measure
endif()

set(SEQSCALE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them; empty: none")
if(SEQSCALE_SANITIZE)
  add_compile_options(-fsanitize=${SEQSCALE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SEQSCALE_SANITIZE})
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # Variable tracking would take most of the compiling time. The two warnings follow values through the code, and
    # instrumented code misleads them; the release build has them.
    add_compile_options(-fno-var-tracking -Wno-format-truncation -Wno-maybe-uninitialized)
  endif()
endif()

# Kernels: fast where it is safe. No -ffast-math: infinities mask attention, and NaN must stay visible.
set(SEQSCALE_KERNEL_FLAGS -O3 -fno-math-errno -fno-trapping-math -fno-signed-zeros -ffp-contract=fast)
if(SEQSCALE_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  list(REMOVE_ITEM SEQSCALE_KERNEL_FLAGS -O3) # instrumented and unrolled, a kernel takes a compiler tens of seconds
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(SEQSCALE_ISA_LEVELS generic v3 v4)
  set(SEQSCALE_ISA_FLAGS_v3 -march=x86-64-v3)
  set(SEQSCALE_ISA_FLAGS_v4 -march=x86-64-v4 -mprefer-vector-width=512)
  add_compile_definitions(SEQ_HAVE_X86_LEVELS)
else()
  set(SEQSCALE_ISA_LEVELS generic)
endif()
