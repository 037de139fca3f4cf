src/fdw/convert.o: src/fdw/convert.c src/fdw/convert.h src/fdw/columns.h \
 src/stripe/catalog.h src/json/json.h
src/fdw/convert.h:
src/fdw/columns.h:
src/stripe/catalog.h:
src/json/json.h:
