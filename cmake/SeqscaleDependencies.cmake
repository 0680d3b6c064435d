# Libraries, each from a Debian package. A missing one is one sentence that names the package and what to run.

function(seqscale_need what package)
  message(FATAL_ERROR "${what} was not found: install the package ${package}, or run scripts/setup, which installs "
                      "everything that seqscale needs.")
endfunction()

find_package(PkgConfig QUIET)
if(NOT PKG_CONFIG_FOUND)
  seqscale_need("pkg-config" "pkg-config")
endif()

function(seqscale_pkg target module package)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET ${module})
  if(NOT ${target}_FOUND)
    seqscale_need("${module}" "${package}")
  endif()
  add_library(seqscale::${target} ALIAS PkgConfig::${target})
endfunction()

seqscale_pkg(fftw fftw3f libfftw3-dev)
seqscale_pkg(hwloc hwloc libhwloc-dev)
seqscale_pkg(sqlite sqlite3 libsqlite3-dev)
seqscale_pkg(jansson jansson libjansson-dev)

find_package(OpenMP QUIET COMPONENTS C)
if(NOT OpenMP_C_FOUND)
  seqscale_need("OpenMP for ${CMAKE_C_COMPILER_ID}" "libgomp1 (gcc) or libomp-dev (clang)")
endif()

# OpenBLAS: one build by its own path, whichever alternative the system has selected. The pthread build stalls beside
# OpenMP code; the serial build is for clang, to whose OpenMP runtime it adds no second one.
set(SEQSCALE_OPENBLAS openmp CACHE STRING "OpenBLAS build to link: openmp or serial")
set_property(CACHE SEQSCALE_OPENBLAS PROPERTY STRINGS openmp serial)
find_library(SEQSCALE_OPENBLAS_LIBRARY_${SEQSCALE_OPENBLAS} openblas
  PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-${SEQSCALE_OPENBLAS}
        /usr/lib/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu/openblas-${SEQSCALE_OPENBLAS}
  NO_DEFAULT_PATH)
find_path(SEQSCALE_OPENBLAS_INCLUDE_${SEQSCALE_OPENBLAS} cblas.h
  PATHS /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-${SEQSCALE_OPENBLAS}
        /usr/include/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu/openblas-${SEQSCALE_OPENBLAS}
  NO_DEFAULT_PATH)
set(SEQSCALE_OPENBLAS_LIBRARY ${SEQSCALE_OPENBLAS_LIBRARY_${SEQSCALE_OPENBLAS}})
if(NOT SEQSCALE_OPENBLAS_LIBRARY OR NOT SEQSCALE_OPENBLAS_INCLUDE_${SEQSCALE_OPENBLAS})
  seqscale_need("OpenBLAS (${SEQSCALE_OPENBLAS} build)" "libopenblas-${SEQSCALE_OPENBLAS}-dev")
endif()
add_library(seqscale_openblas INTERFACE)
add_library(seqscale::openblas ALIAS seqscale_openblas)
target_include_directories(seqscale_openblas SYSTEM INTERFACE ${SEQSCALE_OPENBLAS_INCLUDE_${SEQSCALE_OPENBLAS}})
target_link_libraries(seqscale_openblas INTERFACE ${SEQSCALE_OPENBLAS_LIBRARY})
if(SEQSCALE_OPENBLAS STREQUAL "serial") # operators/kernels/serial_blas.c says why
  target_link_options(seqscale_openblas INTERFACE LINKER:--wrap=cblas_sgemm)
endif()
# Modules look for it there, in the build folder as after installation, without searching the current folder.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
