import com.sun.source.tree.LiteralTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/** Parses a program, without resolving what it imports, and prints its texts, each as a line of Base64. */
public class Literals {
  public static void main(String[] args) throws Exception {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var problems = new DiagnosticCollector<JavaFileObject>();
    var files = compiler.getStandardFileManager(problems, null, StandardCharsets.UTF_8);
    var task = (JavacTask) compiler.getTask(null, files, problems, null, null, files.getJavaFileObjects(Path.of(args[0])));
    for (var unit : task.parse()) {
      new TreeScanner<Void, Void>() {
        @Override
        public Void visitLiteral(LiteralTree literal, Void nothing) {
          if (literal.getValue() instanceof String text) {
            System.out.println(Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
          }
          return null;
        }
      }.scan(unit, null);
    }
    problems.getDiagnostics().forEach(System.err::println);
    System.exit(problems.getDiagnostics().isEmpty() ? 0 : 1);
  }
}
